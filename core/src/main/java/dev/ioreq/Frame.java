package dev.ioreq;

import dev.ioreq.lock.FieldHandle;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.WeakReference;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// One layer's view of a request: its type, parameters and buffers. Reused in place.
///
/// A frame is filled by the sender's thread before the send and read by the device; it holds one
/// reference on each memory it names, until it is filled with other memory or released (R-138,
/// One that repeats the frame above it has none of its own: the frame above cannot be
/// released while the packet is below it.
public final class Frame {
  /*
   * content is the frame whose type, parameters and buffers count: this one, or, while it repeats the frame above, that
   * one. So a repetition is one reference, whatever the operation, and nothing has to be cleared after it. content is
   * written by who formats or releases, and read by who holds the packet afterwards, as all parameters are.
   *
   * A frame that repeats and needs a buffer of its own (see fit) takes the parameters over as a copy; the references on
   * memory stay the frame's above (isBorrowed).
   *
   *   sender ──▶ this frame ──▶ device, received (that device's handle, if it is one in Java)
   *
   * sender, device and received say where the packet is, for completions and cancels. The sender writes sender and device
   * before the CAS that begins its send. device and received change again only when the packet is passed on within this
   * frame, by who holds the packet. A canceller reads them, in this order: received, device. It is a party of the sender's
   * send, so the frame is not used for another send meanwhile. Written with release, read with acquire: see Packet for the argument.
   *
   * What stays the same is not written again: on its usual way a packet finds its frames as it left them. Until the device
   * has the packet, its handle of the packet before may still be here: that one is free, and tells a canceller so.
   */
  private static final long PAGE_BYTES = 4096;
  private static final long MOST_KEPT_BYTES = 64 << 10; // by a request that nobody uses
  private static final VarHandle DEVICE =
      FieldHandle.of(MethodHandles.lookup(), "device", Device.class);
  private static final VarHandle RECEIVED =
      FieldHandle.of(MethodHandles.lookup(), "received", ReceivedRequest.class);

  private Frame content = this;
  private RequestType type = RequestType.NO_FORMAT;
  private @Nullable ControlCode controlCode; // of the last control, see codeOrNull
  private long deviceOffset;
  private IoMemory input = IoMemory.none();
  private long inputOffset;
  private long inputLength;
  private IoMemory output = IoMemory.none();
  private long outputOffset;
  private long outputLength;
  private @Nullable Object argument1;
  private @Nullable Object argument2;
  private @Nullable Object argument4;
  private boolean isBorrowed; // the memory's references are the frame's above
  private boolean isCopiedBack; // the output goes from the buffer to the memory at the end
  private @Nullable MemorySegment buffer; // where the device works, if not on the memory itself
  private long outputAt; // where in it the output begins
  private @Nullable MemorySegment ownBuffer; // kept; grown by the sender's thread while formatting
  private @Nullable WeakReference<MemorySegment> letGo; // serves again while it is still there

  @Nullable IoRequest sender;
  volatile @Nullable Device device;
  volatile @Nullable ReceivedRequest received;
  int completions; // of packets at this level, running on; the holder's, handed on with the packet
  private ReceivedRequest[] kept = {}; // handles for the next packet, one per device
  private int expected; // in kept: whose turn it is if the packet takes the way of the last one

  Frame() {}

  // --- filled by the sender; windows are checked before ---

  /// hot path
  void fillRead(IoMemory memory, long offset, long length, long deviceOffset, boolean buffered) {
    own();
    type(RequestType.READ);
    this.deviceOffset = deviceOffset;
    setOutput(memory, offset, length);
    setInput(IoMemory.none(), 0, 0);
    isCopiedBack = buffered && length != 0;
    outputAt = 0;
    buffer(isCopiedBack ? systemBuffer(length) : null);
  }

  /// hot path
  void fillWrite(IoMemory memory, long offset, long length, long deviceOffset, boolean buffered) {
    own();
    type(RequestType.WRITE);
    this.deviceOffset = deviceOffset;
    setInput(memory, offset, length);
    setOutput(IoMemory.none(), 0, 0);
    isCopiedBack = false;
    MemorySegment copy = null;
    if (buffered && length != 0) {
      copy = systemBuffer(length);
      FewBytes.copy(memory.bytes(), offset, copy, 0, length);
    }
    buffer(copy);
  }

  /// hot path
  void fillControl(
      RequestType type,
      ControlCode code,
      IoMemory input,
      long inputOffset,
      long inputLength,
      IoMemory output,
      long outputOffset,
      long outputLength,
      boolean buffered) {
    own();
    type(type);
    code(code);
    deviceOffset = 0;
    setInput(input, inputOffset, inputLength);
    setOutput(output, outputOffset, outputLength);
    isCopiedBack = buffered && outputLength != 0;
    outputAt = 0;
    MemorySegment both = null;
    long size = Math.max(Math.max(inputLength, outputLength), code.sizeBytes());
    if (buffered && size != 0) {
      both = systemBuffer(size);
      if (inputLength < size) {
        FewBytes.clear(both, inputLength, size); // before the input: it may clear a little of that
      }
      if (inputLength != 0) {
        FewBytes.copy(input.bytes(), inputOffset, both, 0, inputLength);
      }
    }
    buffer(both);
  }

  /// The same operation on the same bytes as the frame above. hot path
  void repeat(Frame above) {
    if (type != RequestType.NO_FORMAT) {
      release();
    }
    content = above.content;
  }

  /// Takes over what it repeats, so that it can have a buffer of its own.
  private void borrow() {
    Frame above = content;
    content = this;
    isBorrowed = true;
    type(above.type);
    controlCode = above.controlCode;
    deviceOffset = above.deviceOffset;
    input = above.input;
    inputOffset = above.inputOffset;
    inputLength = above.inputLength;
    output = above.output;
    outputOffset = above.outputOffset;
    outputLength = above.outputLength;
    argument1 = above.argument1;
    argument2 = above.argument2;
    argument4 = above.argument4;
  }

  /// Sees to it that a device reaches the bytes: those of the Java heap are carried through a
  /// buffer if it takes no addresses there. Input and output get a place of their own, as they have
  /// in the sender's memory. By who holds the packet, before the device gets it.
  void fit(Device device) { // hot path
    if (content.isOnHeap() && !device.takesHeapMemory()) {
      carry();
    }
  }

  private boolean isOnHeap() {
    return buffer == null
        && ((inputLength != 0 && !input.isNative()) || (outputLength != 0 && !output.isNative()));
  }

  private void carry() {
    if (content != this) {
      borrow();
    }
    outputAt = (inputLength + PAGE_BYTES - 1) & -PAGE_BYTES; // fit for direct I/O
    MemorySegment both = systemBuffer(outputAt + outputLength);
    MemorySegment.copy(input.bytes(), inputOffset, both, 0, inputLength);
    if (type != RequestType.READ) {
      MemorySegment.copy(output.bytes(), outputOffset, both, outputAt, outputLength);
    }
    isCopiedBack = outputLength != 0 && !isControlOf(BufferMethod.IN_DIRECT);
    buffer = both;
  }

  void fillOthers(
      ControlCode code,
      @Nullable Object argument1,
      @Nullable Object argument2,
      @Nullable Object argument4) {
    release();
    type(RequestType.INTERNAL_DEVICE_CONTROL_OTHERS);
    controlCode = code;
    this.argument1 = argument1;
    this.argument2 = argument2;
    this.argument4 = argument4;
  }

  /// Forgets the formatting and gives the references back.
  void release() { // hot path
    if (content != this) {
      content = this; // and was without format before it repeated
      return;
    }
    if (type == RequestType.NO_FORMAT) {
      return;
    }
    own();
    type(RequestType.NO_FORMAT);
    deviceOffset = 0;
    setInput(IoMemory.none(), 0, 0);
    setOutput(IoMemory.none(), 0, 0);
    buffer(null);
    isCopiedBack = false;
  }

  /// Whether the device's output has to be brought into the sender's memory at the end.
  boolean isCopiedBack() {
    return content == this && isCopiedBack;
  }

  /// Brings the device's output from the buffer into the sender's memory. Done once more if a
  /// canceller came between: the bytes are the same.
  void copyBack(long information) {
    MemorySegment from = buffer;
    if (isCopiedBack && from != null && information > 0) {
      FewBytes.copy(
          from, outputAt, output.bytes(), outputOffset, Math.min(information, outputLength));
    }
  }

  MemorySegment systemBuffer(long sizeBytes) {
    MemorySegment kept = ownBuffer;
    if (kept != null && kept.byteSize() >= sizeBytes) {
      return kept;
    }
    MemorySegment idle = letGo == null ? null : letGo.get();
    if (idle != null && idle.byteSize() >= sizeBytes) {
      ownBuffer = idle;
      return idle;
    }
    AllocationFaults.allocating("a buffer of " + sizeBytes + " bytes");
    long size = roundedUp(sizeBytes);
    MemorySegment made = // fit for direct I/O
        Arena.ofAuto().allocate(size, size > 512 ? PAGE_BYTES : 64);
    ownBuffer = made;
    return made;
  }

  /// How large a buffer is made: a power of two while that is little, so that it grows a few times
  /// only.
  private static long roundedUp(long sizeBytes) {
    if (sizeBytes > MOST_KEPT_BYTES) {
      return (sizeBytes + PAGE_BYTES - 1) & -PAGE_BYTES;
    }
    return Math.max(256, Long.highestOneBit(Math.max(1, sizeBytes - 1)) << 1);
  }

  /// Leaves a large buffer to the collector. A request that comes before the collector finds it
  /// again: calls one after the other make and clear no buffer each. By who has the request, when
  /// no send of it is under way.
  void letGoOfLarge() { // hot path
    MemorySegment kept = ownBuffer;
    if (kept == null || kept.byteSize() <= MOST_KEPT_BYTES) {
      return;
    }
    if (letGo == null || !letGo.refersTo(kept)) {
      letGo = new WeakReference<>(kept);
    }
    ownBuffer = null;
    buffer(null);
  }

  private void own() {
    if (content != this) {
      content = this;
    } else if (isBorrowed) {
      isBorrowed = false;
      input = IoMemory.none();
      output = IoMemory.none();
    }
  }

  private void type(RequestType next) {
    if (type == next) {
      return;
    }
    if (type == RequestType.INTERNAL_DEVICE_CONTROL_OTHERS) {
      argument1 = null;
      argument2 = null;
      argument4 = null;
    }
    type = next;
  }

  @SuppressWarnings("ReferenceEquality") // mostly a constant of the program, the same each time
  private void code(ControlCode code) {
    if (controlCode != code) {
      controlCode = code;
    }
  }

  private void buffer(@Nullable MemorySegment buffer) {
    if (buffer != null || this.buffer != null) {
      this.buffer = buffer;
    }
  }

  private void setInput(IoMemory memory, long offset, long length) {
    if (memory != input) {
      memory.retain();
      IoMemory old = input;
      input = memory;
      old.release();
    }
    inputOffset = offset;
    inputLength = length;
  }

  private void setOutput(IoMemory memory, long offset, long length) {
    if (memory != output) {
      memory.retain();
      IoMemory old = output;
      output = memory;
      old.release();
    }
    outputOffset = offset;
    outputLength = length;
  }

  IoMemory inputMemory() {
    return content.input;
  }

  IoMemory outputMemory() {
    return content.output;
  }

  long inputWindowOffset() {
    return content.inputOffset;
  }

  long outputWindowOffset() {
    return content.outputOffset;
  }

  // --- read by the device ---

  /// What kind of operation this is.
  ///
  /// @return the type; [RequestType#NO_FORMAT] only outside a send
  public RequestType type() {
    return content.type;
  }

  /// The code of a device control.
  ///
  /// @return the code
  /// @throws IllegalStateException on a read or write
  public ControlCode controlCode() {
    ControlCode code = content.codeOrNull();
    if (code == null) {
      throw new IllegalStateException("a " + type() + " has no control code");
    }
    return code;
  }

  /// Where on the device a read or write begins.
  ///
  /// @return bytes from 0
  public long deviceOffset() {
    return content.deviceOffset;
  }

  /// How many bytes the sender gives: the length of a write, the input of a device control.
  ///
  /// @return bytes
  public long inputLength() {
    return content.inputLength;
  }

  /// How many bytes the sender takes: the length of a read, the output of a device control.
  ///
  /// @return bytes
  public long outputLength() {
    return content.outputLength;
  }

  /// The length of a read or write.
  ///
  /// @return bytes
  public long length() {
    Frame content = this.content;
    return content.type == RequestType.READ ? content.outputLength : content.inputLength;
  }

  /// Where the bytes from the sender are in native memory.
  ///
  /// @return an address; 0 if there are none, or they are on the Java heap and the device takes
  ///   such
  public long inputAddress() {
    Frame content = this.content;
    MemorySegment buffer = content.buffer;
    return buffer != null ? buffer.address() : content.input.address() + content.inputOffset;
  }

  /// Where the bytes for the sender go in native memory. With a buffered control code this is the
  /// same storage as the input.
  ///
  /// @return an address; 0 if there are none, or they are on the Java heap and the device takes
  ///   such
  public long outputAddress() {
    Frame content = this.content;
    MemorySegment buffer = content.buffer;
    return buffer != null
        ? buffer.address() + content.outputAt
        : content.output.address() + content.outputOffset;
  }

  /// The slab that [#inputAddress()] lies in.
  ///
  /// @return null if the bytes are not in memory of this library's
  public @Nullable MemorySlab inputSlab() { // hot path
    return content.buffer != null ? null : content.input.slab();
  }

  /// The slab that [#outputAddress()] lies in.
  ///
  /// @return null if the bytes are not in memory of this library's
  public @Nullable MemorySlab outputSlab() { // hot path
    return content.buffer != null ? null : content.output.slab();
  }

  /// Whether the bytes from the sender are there as long as this frame names them.
  boolean ownsInput() {
    return content.buffer != null || content.input.ownsBytes();
  }

  /// The same of those for the sender.
  boolean ownsOutput() {
    return content.buffer != null || content.output.ownsBytes();
  }

  /// The segment that the bytes from the sender lie in, from [#inputBase()] on.
  ///
  /// @return a segment that is not sliced, so that asking allocates nothing
  public MemorySegment inputSegment() {
    Frame content = this.content;
    MemorySegment buffer = content.buffer;
    return buffer != null ? buffer : content.input.bytes();
  }

  /// Where in [#inputSegment()] they begin.
  ///
  /// @return bytes
  public long inputBase() {
    return content.buffer != null ? 0 : content.inputOffset;
  }

  /// The segment that the bytes for the sender go to, from [#outputBase()] on.
  ///
  /// @return a segment that is not sliced
  public MemorySegment outputSegment() {
    Frame content = this.content;
    MemorySegment buffer = content.buffer;
    return buffer != null ? buffer : content.output.bytes();
  }

  /// Where in [#outputSegment()] they begin.
  ///
  /// @return bytes
  public long outputBase() {
    return content.buffer != null ? content.outputAt : content.outputOffset;
  }

  boolean isControlOf(BufferMethod method) {
    ControlCode code = content.codeOrNull();
    return code != null && code.method() == method;
  }

  /// The code of a control; the field keeps it when the request is formatted as something else.
  private @Nullable ControlCode codeOrNull() {
    return switch (type) {
      case READ, WRITE, NO_FORMAT -> null;
      default -> controlCode;
    };
  }

  // --- the handles of the devices ---

  /// The handle by which a device above will know the packet; it becomes this frame's. hot path
  ///
  /// @param queue that it is about to come to, if that is known
  ReceivedRequest receive(IoDevice device, Packet packet, @Nullable IoQueue queue) {
    ReceivedRequest handle = keptFor(device);
    handle.arrive(packet, queue);
    if (received != handle) {
      RECEIVED.setRelease(this, handle);
    }
    return handle;
  }

  /// Where a send goes that is about to begin; no device has it yet. hot path
  @SuppressWarnings("ReferenceEquality") // the same device, not an equal one
  void aim(IoRequest sender, Device device) {
    if (this.sender != sender) {
      this.sender = sender;
    }
    if (this.device != device) {
      DEVICE.setRelease(this, device);
    }
    ReceivedRequest last = received;
    if (last != null && last.device().entry() != device) {
      RECEIVED.setRelease(this, null);
    }
  }

  /// The packet goes on to another device within this frame, past the one that had it. hot path
  void passOn(Device device) {
    if (received != null) {
      RECEIVED.setRelease(this, null);
    }
    this.device = device; // the full barrier between this and the taker's look at the cancel flag
  }

  void dispose() {
    release();
    ownBuffer = null;
    for (ReceivedRequest handle : kept) {
      handle.forgotten();
    }
    kept = new ReceivedRequest[0];
  }

  private ReceivedRequest keptFor(IoDevice device) {
    if (Verifier.isStrict()) {
      AllocationFaults.allocating("a received request");
      return new ReceivedRequest(device, false); // a stale handle stays recognisable
    }
    ReceivedRequest[] kept = this.kept;
    int at = expected;
    for (int looks = 0; looks < kept.length; looks++, at++) {
      if (at >= kept.length) {
        at = 0;
      }
      ReceivedRequest handle = kept[at];
      if (handle.device() == device && handle.isFree()) {
        expected = at + 1;
        return handle;
      }
    }
    AllocationFaults.allocating("a received request");
    ReceivedRequest handle = new ReceivedRequest(device, true);
    ReceivedRequest[] more = Arrays.copyOf(kept, kept.length + 1);
    more[kept.length] = handle;
    this.kept = more;
    expected = more.length;
    return handle;
  }

  /// The first argument of an internal device control with three.
  ///
  /// @return what the sender gave
  public @Nullable Object argument1() {
    return content.argument1;
  }

  /// The second.
  ///
  /// @return what the sender gave
  public @Nullable Object argument2() {
    return content.argument2;
  }

  /// The third, which WDF numbers 4, because its third is the control code.
  ///
  /// @return what the sender gave
  public @Nullable Object argument4() {
    return content.argument4;
  }

  /// One line for messages: operation, length, place.
  String describe() {
    return switch (type()) {
      case READ -> "read of %d bytes at offset %d".formatted(outputLength(), deviceOffset());
      case WRITE -> "write of %d bytes at offset %d".formatted(inputLength(), deviceOffset());
      case DEVICE_CONTROL -> "device control " + controlCode();
      case INTERNAL_DEVICE_CONTROL, INTERNAL_DEVICE_CONTROL_OTHERS ->
          "internal device control " + controlCode();
      case NO_FORMAT -> "request without format";
    };
  }
}
