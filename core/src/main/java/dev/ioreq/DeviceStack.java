package dev.ioreq;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Devices above one another, from the bottom to the top, and the way in from outside.
///
/// ```
/// DeviceStack stack = DeviceStack.over(IoTarget.open("file:disk.img", Access.READ_WRITE))
///     .add(IoDevice.filter("checksum").queue(…))
///     .add(IoDevice.filter("log").queue(…))
///     .register("disk");
/// IoTarget top = IoTarget.open("device:disk", Access.READ_WRITE);
/// ```
///
/// **Effect.** Who opens the stack enters at the device that is the top then; each opened target is
/// a client of its own. A stack with a name is opened by `device:NAME` in this process while it
/// lives.
///
/// **Threading.** Every method may be called from any thread. [#close()] waits, and must not be
/// called from a callback or a completion routine.
///
/// @see "device stacks; WdfIoTargetOpen by name"
public final class DeviceStack implements AutoCloseable {
  private static final ConcurrentHashMap<String, DeviceStack> NAMED = new ConcurrentHashMap<>();

  private final ReentrantLock lock = new ReentrantLock();
  private final @Nullable IoDevice
      foundation; // a device of somebody else's, not closed with the stack
  private final @Nullable IoTarget bottom; // below the first layer

  // guarded by lock
  private final List<IoDevice> layers = new ArrayList<>(); // the bottom first
  private @Nullable String name;
  private int clients;
  private boolean isExclusive; // the one client does not share
  private boolean isClosed;

  private DeviceStack(@Nullable IoDevice foundation, @Nullable IoTarget bottom) {
    this.foundation = foundation;
    this.bottom = bottom;
  }

  /// A stack above what a target leads to. It has no way in before the first layer is added.
  ///
  /// @param bottom an open target; the first layer's local target, and closed with it
  /// @return a stack without layers
  public static DeviceStack over(IoTarget bottom) {
    return new DeviceStack(null, Objects.requireNonNull(bottom, "bottom"));
  }

  /// A stack above a device, which stays when the stack is closed.
  ///
  /// @param foundation the device at the bottom
  /// @return a stack of that device
  public static DeviceStack over(IoDevice foundation) {
    return new DeviceStack(Objects.requireNonNull(foundation, "foundation"), null);
  }

  /// A stack whose lowest device has nothing below it.
  ///
  /// @param config what the device is to be
  /// @return a stack of that device
  public static DeviceStack of(DeviceConfig config) {
    return new DeviceStack(null, null).add(config);
  }

  /// Adds a device at the top. Clients that are in go on entering where they do.
  ///
  /// @param config what the device is to be
  /// @return this
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_STATE] if the stack is closed
  public DeviceStack add(DeviceConfig config) {
    lock.lock();
    try {
      requireOpen("add a device to");
      IoDevice below = topLocked();
      IoTarget bottom = this.bottom;
      layers.add(
          below != null
              ? config.above(below)
              : bottom != null ? config.above(bottom) : config.alone());
      return this;
    } finally {
      lock.unlock();
    }
  }

  /// Gives the stack a name, under which it is opened in this process until it is closed.
  ///
  /// @param name not empty, and not another stack's
  /// @return this
  /// @throws IoMisuseException [IoStatus#SHARING_VIOLATION] if another stack has the name,
  ///   [IoStatus#INVALID_DEVICE_STATE] if this one has a name already, or is closed
  public DeviceStack register(String name) {
    if (name.isBlank()) {
      throw new IllegalArgumentException("the name of a stack is empty");
    }
    lock.lock();
    try {
      requireOpen("name");
      if (this.name != null) {
        throw new IoMisuseException(
            IoStatus.INVALID_DEVICE_STATE,
            "cannot name %s %s: it has a name, which stays".formatted(this, name));
      }
      if (NAMED.putIfAbsent(name, this) != null) {
        throw new IoMisuseException(
            IoStatus.SHARING_VIOLATION, "there is a device:" + name + " already");
      }
      this.name = name;
      return this;
    } finally {
      lock.unlock();
    }
  }

  /// The stack of a name.
  ///
  /// @param name as it was registered
  /// @return empty if there is none
  public static Optional<DeviceStack> named(String name) {
    return Optional.ofNullable(NAMED.get(name));
  }

  /// Opens the top.
  ///
  /// @return a target, started; it is closed with the stack
  /// @throws IoRequestException [IoStatus#SHARING_VIOLATION] if a client has it for itself,
  ///   [IoStatus#NO_SUCH_DEVICE] if there is no device, or the stack is closed
  public IoTarget open() throws IoRequestException {
    return IoTarget.over(this, enter(OpenOptions.of(Access.READ_WRITE)));
  }

  /// The way in at the top, for a [DeviceProvider]: what a target to this stack is made over.
  /// Closing it lets the client out.
  ///
  /// @param options whether the client wants the stack for itself alone; the devices do not look at
  ///   the access
  /// @return the device at the top, as this client's target sees it
  /// @throws IoRequestException [IoStatus#SHARING_VIOLATION] if a client has it for itself, or this
  ///   one wants it so and is not the only one; [IoStatus#NO_SUCH_DEVICE] if there is no device, or
  ///   the stack is closed
  public Device enter(OpenOptions options) throws IoRequestException {
    lock.lock();
    try {
      IoDevice top = topLocked();
      if (isClosed || top == null) {
        throw new IoRequestException(
            IoStatus.NO_SUCH_DEVICE,
            0,
            "open of %s: %s".formatted(this, isClosed ? "it is closed" : "it has no device yet"));
      }
      if (isExclusive || (options.exclusive() && clients > 0)) {
        throw new IoRequestException(
            IoStatus.SHARING_VIOLATION,
            0,
            "open of %s: %s"
                .formatted(
                    this,
                    isExclusive
                        ? "a client has it for itself"
                        : "%d clients have it open".formatted(clients)));
      }
      clients++;
      isExclusive = options.exclusive();
      return new Client(this, top);
    } finally {
      lock.unlock();
    }
  }

  private void left() {
    lock.lock();
    try {
      clients--;
      isExclusive = false; // it was the only one, or none is
    } finally {
      lock.unlock();
    }
  }

  /// Its devices.
  ///
  /// @return the bottom first, as of now
  public List<IoDevice> layers() {
    lock.lock();
    try {
      List<IoDevice> all = new ArrayList<>();
      if (foundation != null) {
        all.add(foundation);
      }
      all.addAll(layers);
      return List.copyOf(all);
    } finally {
      lock.unlock();
    }
  }

  /// A device by its name.
  ///
  /// @param deviceName of the device, not of the stack
  /// @return empty if none has it; the highest if several do
  public Optional<IoDevice> device(String deviceName) {
    return layers().reversed().stream().filter(d -> d.name().equals(deviceName)).findFirst();
  }

  /// Closes the devices, the top first, and every target that leads to one. Nothing is left in
  /// flight. Does nothing the second time.
  ///
  /// @throws IoMisuseException if this thread must not wait
  @Override
  public void close() {
    IoDevice.requireMayWait("close", this);
    List<IoDevice> all;
    lock.lock();
    try {
      isClosed = true;
      String name = this.name;
      if (name != null) {
        NAMED.remove(name, this);
      }
      all = List.copyOf(layers);
    } finally {
      lock.unlock();
    }
    all.reversed().forEach(IoDevice::close);
    IoTarget bottom = this.bottom;
    if (bottom != null && all.isEmpty()) {
      bottom.close();
    }
  }

  private @Nullable IoDevice topLocked() {
    return layers.isEmpty() ? foundation : layers.getLast();
  }

  private void requireOpen(String what) {
    if (isClosed) {
      throw new IoMisuseException(
          IoStatus.INVALID_DEVICE_STATE, "cannot %s %s: it is closed".formatted(what, this));
    }
  }

  @Override
  public String toString() {
    String name = this.name;
    IoDevice top = layers.isEmpty() ? foundation : layers.getLast();
    return name != null
        ? "device:" + name
        : "stack" + (top == null ? " without devices" : " with " + top + " at the top");
  }

  /// One client's way in.
  static final class Client implements Device {
    private final DeviceStack stack;
    private final IoDevice top;
    private final Device entry;

    private Client(DeviceStack stack, IoDevice top) {
      this.stack = stack;
      this.top = top;
      this.entry = top.entry();
    }

    IoDevice top() {
      return top;
    }

    @Override
    public int stackSize() {
      return entry.stackSize();
    }

    @Override
    public BufferMethod bufferMethod() {
      return entry.bufferMethod();
    }

    @Override
    public boolean takesHeapMemory() {
      return entry.takesHeapMemory();
    }

    @Override
    public void dispatch(Packet packet) {
      entry.dispatch(packet);
    }

    @Override
    public boolean serve(Packet packet) {
      return entry.serve(packet);
    }

    @Override
    public CancelResult cancel(Packet packet) {
      return entry.cancel(packet);
    }

    @Override
    public DeviceInfo info() {
      return entry.info();
    }

    @Override
    public void close() {
      entry.close();
      stack.left();
    }
  }
}
