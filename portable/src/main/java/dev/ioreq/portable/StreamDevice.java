package dev.ioreq.portable;

import dev.ioreq.ControlCode;
import dev.ioreq.Device;
import dev.ioreq.DeviceInfo;
import dev.ioreq.Frame;
import dev.ioreq.IoStatus;
import dev.ioreq.Packet;
import dev.ioreq.StorageControl;
import java.nio.channels.FileChannel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A character device or a named pipe: bytes without positions, as many as there are.
///
/// Reads are carried out in the order of their sends, and so are writes; a read that waits holds up
/// no write. Each can be cancelled at any time; [Lane] says what that means for the bytes.
final class StreamDevice implements Device {
  private final PathKind kind;
  private final @Nullable ReadLane reads; // null without that access
  private final @Nullable WriteLane writes; // null without that access

  StreamDevice(
      PathKind kind,
      String file,
      @Nullable FileChannel readChannel,
      @Nullable FileChannel writeChannel) {
    this.kind = kind;
    reads = readChannel == null ? null : new ReadLane(file, readChannel);
    writes = writeChannel == null ? null : new WriteLane(file, writeChannel, kind == PathKind.PIPE);
  }

  @Override
  public int stackSize() {
    return 1;
  }

  @Override
  public void dispatch(Packet packet) {
    Frame frame = packet.frame();
    switch (frame.type()) {
      case READ -> dispatchTransfer(packet, frame, reads);
      case WRITE -> dispatchTransfer(packet, frame, writes);
      case DEVICE_CONTROL -> dispatchControl(packet, frame.controlCode());
      default -> packet.complete(IoStatus.INVALID_DEVICE_REQUEST, 0);
    }
  }

  private static void dispatchTransfer(Packet packet, Frame frame, @Nullable Lane lane) {
    if (lane == null) {
      packet.complete(IoStatus.ACCESS_DENIED, 0);
    } else if (frame.length() == 0) {
      packet.complete(IoStatus.SUCCESS, 0);
    } else {
      packet.word2 = 0;
      lane.add(packet);
    }
  }

  private static void dispatchControl(Packet packet, ControlCode code) {
    if (StorageControl.ALL.contains(code) || code.kind() != ControlCode.Kind.CTL_CODE) {
      packet.complete(IoStatus.NOT_SUPPORTED, 0);
    } else {
      packet.complete(IoStatus.INVALID_DEVICE_REQUEST, 0);
    }
  }

  @Override
  public CancelResult cancel(Packet packet) {
    boolean isDelivered =
        (reads != null && reads.cancel(packet)) || (writes != null && writes.cancel(packet));
    return isDelivered ? CancelResult.DELIVERED : CancelResult.NOT_DELIVERED;
  }

  @Override
  public DeviceInfo info() {
    return new DeviceInfo(
        kind.word(), "portable", DeviceInfo.UNKNOWN, 1, 1, 1, false, false, List.of());
  }

  @Override
  public void close() {
    if (reads != null) {
      reads.close();
    }
    if (writes != null) {
      writes.close();
    }
  }
}
