package dev.ioreq.cli;

import dev.ioreq.Device;
import dev.ioreq.DeviceInfo;
import dev.ioreq.DeviceProvider;
import dev.ioreq.Frame;
import dev.ioreq.IoStatus;
import dev.ioreq.OpenOptions;
import dev.ioreq.Packet;
import dev.ioreq.Pattern;
import dev.ioreq.RequestType;
import dev.ioreq.TargetName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Opens `faulty:SIZE[,FAULT=OFFSET]…`: the pattern of seed 0, with faults that hit every read over
/// an offset. Processes that a test starts find it beside the program.
///
/// `bad`: that sector of 512 bytes cannot be read. `once`: the first read fails. `hang`: the read
/// ends only when it is cancelled. `end`: the device ends there, whatever it said before. `lie`:
/// the device takes writes, and drops them; one over that offset fails, and says that it wrote more
/// than it was given.
public final class FaultyProvider implements DeviceProvider {
  private static final int SECTOR = 512;
  private static final IoStatus EIO = IoStatus.ofErrno(5);

  /// For `ServiceLoader`.
  public FaultyProvider() {}

  @Override
  public String engine() {
    return "core";
  }

  @Override
  public int priority() {
    return 0;
  }

  @Override
  public boolean serves(TargetName name) {
    return name.scheme().equals("faulty");
  }

  @Override
  public Optional<String> unavailable() {
    return Optional.empty();
  }

  @Override
  public Device open(TargetName name, OpenOptions options) {
    List<String> parts = List.of(name.rest().split(",", -1));
    FaultyDevice device = new FaultyDevice(TargetName.parseSize(parts.getFirst()));
    for (String fault : parts.subList(1, parts.size())) {
      int equals = fault.indexOf('=');
      device.add(fault.substring(0, equals), TargetName.parseSize(fault.substring(equals + 1)));
    }
    return device;
  }

  private static final class FaultyDevice implements Device {
    private final long size;
    private final List<Long> bad = new ArrayList<>();
    private final Set<Long> once = ConcurrentHashMap.newKeySet();
    private final List<Long> hang = new ArrayList<>();
    private final Set<Packet> held = ConcurrentHashMap.newKeySet();
    private final List<Long> lies = new ArrayList<>();
    private long end = Long.MAX_VALUE;

    FaultyDevice(long size) {
      this.size = size;
    }

    void add(String fault, long offset) {
      switch (fault) {
        case "bad" -> bad.add(offset / SECTOR * SECTOR);
        case "once" -> once.add(offset);
        case "hang" -> hang.add(offset);
        case "end" -> end = offset;
        case "lie" -> lies.add(offset);
        default -> throw new IllegalArgumentException(fault);
      }
    }

    @Override
    public int stackSize() {
      return 1;
    }

    @Override
    public void dispatch(Packet packet) {
      Frame frame = packet.frame();
      if (frame.type() == RequestType.WRITE && !lies.isEmpty()) {
        drop(packet, frame);
        return;
      }
      if (frame.type() != RequestType.READ) {
        packet.complete(IoStatus.INVALID_DEVICE_REQUEST, 0);
        return;
      }
      long offset = frame.deviceOffset();
      long length = Math.min(frame.outputLength(), Math.min(size, end) - offset);
      if (length <= 0) {
        packet.complete(IoStatus.END_OF_FILE, 0);
      } else if (hang.stream().anyMatch(at -> at >= offset && at < offset + length)) {
        held.add(packet);
        if (packet.isCancelRequested()) {
          cancel(packet);
        }
      } else if (once.removeIf(at -> at >= offset && at < offset + length)
          || bad.stream().anyMatch(at -> at < offset + length && at + SECTOR > offset)) {
        packet.complete(EIO, 0);
      } else {
        Pattern.fill(0, offset, frame.outputSegment(), frame.outputBase(), length);
        packet.complete(IoStatus.SUCCESS, length);
      }
    }

    private void drop(Packet packet, Frame frame) {
      long offset = frame.deviceOffset();
      long length = frame.inputLength();
      boolean isLie = lies.stream().anyMatch(at -> at >= offset && at < offset + length);
      packet.complete(isLie ? EIO : IoStatus.SUCCESS, isLie ? length + 1 : length);
    }

    @Override
    public CancelResult cancel(Packet packet) {
      if (held.remove(packet)) {
        packet.complete(IoStatus.CANCELLED, 0);
        return CancelResult.DELIVERED;
      }
      return CancelResult.NOT_DELIVERED;
    }

    @Override
    public DeviceInfo info() {
      return new DeviceInfo("faulty", "core", size, SECTOR, 1, 1, false, lies.isEmpty(), List.of());
    }

    @Override
    public void close() {}
  }
}
