package dev.ioreq.linux.device;

import dev.ioreq.Frame;
import dev.ioreq.OpenOptions;
import dev.ioreq.Packet;
import dev.ioreq.RequestType;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.abi.TransferCalls;
import dev.ioreq.linux.engine.RingEngine;

/// A regular file or block device: transfers have an offset and are whole.
///
/// With drop-behind each transfer carries `RWF_DONTCACHE`, until one is refused because of it.
///
/// *Already there? Then here and now:* where the cache is used, a read or write is first tried with
/// `RWF_NOWAIT` on the calling thread. What would have to wait goes to the ring; so does what the
/// ring does more cheaply among others (the engine's thread has some in flight), and what a chain
/// of routines sends that has gone on for long enough on its sender's thread. Whether the file
/// system knows that flag is remembered. Of two flags the refusal does not say which one it means:
/// then the ring tries with the other alone, and if that is refused too, the first is tried again.
///
/// *In memory? Then nobody waits:* tmpfs and ramfs do not know `RWF_NOWAIT`, so the ring would have
/// a thread of the kernel carry each transfer out, for some 10 µs. But they have no device, unless
/// pages were swapped out: there a transfer is a copy, and is made on the calling thread, whoever
/// that is and however long it takes, as one of `memory:`.
///
/// *Nobody else wants the thread? Then it may wait itself:* a synchronous transfer without a
/// timeout from a platform thread is done by `pread` or `pwrite` there. One from a virtual thread
/// is where the file system does not know `RWF_NOWAIT`, as overlayfs, FUSE and NFS: by way of the
/// ring it would take 60 times as long, if the data is in the cache. Whether it mostly is, shows in
/// how long such transfers take: see [CarrierTrial]. So is a virtual thread's read of a file whose
/// reads always found their data there: see [CacheTrial].
abstract class StorageDevice extends DescriptorDevice {
  private final boolean mayBeHere;
  private final CarrierTrial carrierTrial = new CarrierTrial();
  private final CacheTrial cacheTrial = new CacheTrial();

  // racy on purpose: a thread that has not seen it tries once more and learns the same
  private int transferFlags;
  private boolean isInMemory; // found out once it refuses a flag

  StorageDevice(int fd, OpenOptions options, RingEngine engine) {
    super(fd, options, engine, !options.handOver() && !options.direct());
    mayBeHere = !options.handOver();
    transferFlags = options.dropBehind() && !options.direct() ? TransferCalls.RWF_DONTCACHE : 0;
  }

  @Override
  final int transferFlags() {
    return transferFlags;
  }

  @Override
  final boolean hasOtherFlags(int flags) {
    if (flags == 0) {
      return false;
    }
    if (transferFlags != 0) { // the first of those in flight to learn it
      transferFlags = 0;
      noWait.tryAgain();
    }
    return true;
  }

  @Override
  final boolean isWaitedForByThread(boolean isRead) {
    return !isRead || !isCached();
  }

  /// Whether its file system is where its bytes are: that of a device file says nothing.
  abstract boolean isRegularFile();

  @Override
  final boolean isStorage() {
    return true;
  }

  @Override
  final boolean isCarriedOn(boolean isRead) {
    return true;
  }

  @Override
  final boolean isCached() {
    return !options.direct();
  }

  @Override
  final long tryAtOnce(Packet packet, Frame frame) { // hot path: see FileReadBenchmark
    if (engine.isBusyHere() && !isInMemory) {
      return NOT_AT_ONCE; // first, because it is so for most: there nobody waits for it either
    }
    boolean isRead = frame.type() == RequestType.READ;
    boolean mayBlock =
        mayBeHere
            && (isInMemory || packet.mayBlockSender() || isAtHand(packet, isRead))
            && !packet.isCancelRequested();
    if (!mayBlock && !isWorthATry(packet, isRead)) {
      return isWorthACarrier(packet, isRead) ? moveOnCarrier(packet, frame, isRead) : NOT_AT_ONCE;
    }
    return moveAtOnce(packet, frame, isRead, mayBlock);
  }

  private boolean isAtHand(Packet packet, boolean isRead) { // hot path
    return isRead // with a flag it takes a vector, and gains nothing
        && transferFlags == 0
        && packet.mayBlockCarrier()
        && cacheTrial.isAtHand(packet);
  }

  private boolean isWorthACarrier(Packet packet, boolean isRead) {
    return mayBeHere
        && !noWait.isPossible(isRead)
        && isCached()
        && packet.mayBlockCarrier()
        && !packet.isCancelRequested()
        && carrierTrial.begin();
  }

  private long moveOnCarrier(Packet packet, Frame frame, boolean isRead) {
    long began = System.nanoTime();
    long moved = moveAtOnce(packet, frame, isRead, true);
    carrierTrial.end(System.nanoTime() - began, Math.max(0, moved));
    return moved;
  }

  private long moveAtOnce(Packet packet, Frame frame, boolean isRead, boolean mayBlock) {
    long offset = frame.deviceOffset();
    long address = isRead ? frame.outputAddress() : frame.inputAddress();
    long length = isRead ? frame.outputLength() : frame.inputLength();
    int flags = mayBlock ? transferFlags : transferFlags | TransferCalls.RWF_NOWAIT;
    long done = 0;
    while (true) {
      long moved =
          mayBlock
              ? move(isRead, address + done, length - done, offset + done, flags)
              : noWait.move(isRead, address + done, length - done, offset + done, flags);
      if (moved < 0) {
        packet.word1 = done;
        if (moved != -Errno.EINTR || packet.isCancelRequested()) {
          if (!isForTheRing(isRead, (int) -moved)) {
            return moved;
          }
          packet.word3 = BY_THREAD; // for it would have to wait
          if (isRead) {
            cacheTrial.missed();
          }
          return NOT_AT_ONCE;
        }
      } else {
        done += moved;
        if (moved == 0 || done == length) {
          if (isRead && !mayBlock) {
            cacheTrial.found();
          }
          return done;
        }
      }
    }
  }

  private boolean isWorthATry(Packet packet, boolean isRead) {
    return noWait.isPossible(isRead) && !packet.isCancelRequested() && !Packet.isDeepInRoutines();
  }

  private long move(boolean isRead, long address, long length, long offset, int flags) {
    if (flags != 0) { // with a vector, which costs the kernel more
      return isRead
          ? TransferCalls.preadv2(fd, address, length, offset, flags)
          : TransferCalls.pwritev2(fd, address, length, offset, flags);
    }
    long moved =
        isRead
            ? TransferCalls.tryRead(fd, address, length, offset)
            : TransferCalls.tryWrite(fd, address, length, offset);
    if (moved >= 0) {
      return moved;
    }
    // a failed transfer has moved nothing; the slower call says why
    return isRead
        ? TransferCalls.pread(fd, address, length, offset)
        : TransferCalls.pwrite(fd, address, length, offset);
  }

  /// Whether a transfer that failed here is to be tried by the ring, and not to end.
  private boolean isForTheRing(boolean isRead, int errno) {
    if (NoWait.isUnknown(errno)) {
      isInMemory = isRegularFile() && isInMemory(FileCalls.fileSystem(fd));
    }
    return noWait.isWaitNeeded(isRead, errno);
  }

  private static boolean isInMemory(long fileSystem) {
    return fileSystem == FileCalls.TMPFS_MAGIC || fileSystem == FileCalls.RAMFS_MAGIC;
  }
}
