package dev.ioreq.linux.device;

import dev.ioreq.Frame;
import dev.ioreq.IoStatus;
import dev.ioreq.OpenOptions;
import dev.ioreq.Packet;
import dev.ioreq.RequestType;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.TransferCalls;
import dev.ioreq.linux.engine.RingEngine;

/// A regular file or block device: transfers have an offset and are whole.
///
/// With drop-behind each transfer carries `RWF_DONTCACHE`, until one is refused because of it.
///
/// *Already there? Then here and now:* where the cache is used, a read or write is first tried with
/// `RWF_NOWAIT` on the calling thread. What would have to wait goes to the ring. Whether the file
/// system knows that flag is remembered. Of two flags the refusal does not say which one it means:
/// then the ring tries with the other alone, and if that is refused too, the first is tried again.
abstract class StorageDevice extends DescriptorDevice {
  // racy on purpose: a thread that has not seen it tries once more and learns the same
  private boolean readsAtOnce;
  private boolean writesAtOnce;
  private int transferFlags;

  StorageDevice(int fd, OpenOptions options, RingEngine engine) {
    super(fd, options, engine);
    readsAtOnce = !options.direct();
    writesAtOnce = !options.direct();
    transferFlags = options.dropBehind() && !options.direct() ? TransferCalls.RWF_DONTCACHE : 0;
  }

  @Override
  final int transferFlags() {
    return transferFlags;
  }

  @Override
  final boolean hasOtherFlags() {
    if (transferFlags == 0) {
      return false;
    }
    transferFlags = 0;
    readsAtOnce = true;
    writesAtOnce = true;
    return true;
  }

  @Override
  final boolean isStorage() {
    return true;
  }

  @Override
  final boolean tryAtOnce(Packet packet, Frame frame) { // hot path: see FileReadBenchmark
    boolean isRead = frame.type() == RequestType.READ;
    if (isRead ? !readsAtOnce : !writesAtOnce) {
      return false;
    }
    long offset = frame.deviceOffset();
    long address = isRead ? frame.outputAddress() : frame.inputAddress();
    long length = isRead ? frame.outputLength() : frame.inputLength();
    int flags = TransferCalls.RWF_NOWAIT | transferFlags;
    long done = 0;
    while (true) {
      long moved =
          isRead
              ? TransferCalls.preadv2(fd, address + done, length - done, offset + done, flags)
              : TransferCalls.pwritev2(fd, address + done, length - done, offset + done, flags);
      if (moved == -Errno.EINTR) {
        continue;
      }
      if (moved < 0) {
        packet.word1 = done;
        return completesFailure(packet, isRead, (int) -moved);
      }
      done += moved;
      if (moved == 0 || done == length) {
        completeTransfer(packet, isRead ? RequestType.READ : RequestType.WRITE, done);
        return true;
      }
    }
  }

  /// @return false if the ring is to carry it on
  private boolean completesFailure(Packet packet, boolean isRead, int errno) {
    if (errno == Errno.EAGAIN) {
      return false;
    }
    if (errno == Errno.EOPNOTSUPP || errno == Errno.ENOSYS) {
      if (isRead) {
        readsAtOnce = false;
      } else {
        writesAtOnce = false;
      }
      return false;
    }
    packet.complete(IoStatus.ofErrno(errno), packet.word1);
    return true;
  }
}
