package dev.ioreq.cli.copy;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/// Hashes blocks in their order, whatever order they come in, on a thread of its own.
final class InOrderHasher {
  /*
   *   waiting:  │ block 8 │    -    │ block 6 │    -    │     at index block % depth; next = 5
   *
   * Every block taken from the source and not yet hashed is held by a slot, blocks are taken in order, and there are
   * `depth` slots: so the blocks not yet hashed lie in next … next + depth - 1, and no two share an index. The one wanted
   * next is always held by a slot that waits for nothing but its own requests, so slots that wait for their hash cannot
   * wait for ever.
   *
   * Order: the slot writes its memory before it puts itself into the array; the hasher reads the memory after it found it
   * there. Who takes a slot out of the array tells it so, once: the hashing thread, or after an abort whoever exchanges
   * it first.
   */
  private final AtomicReferenceArray<Slot> waiting;
  private final MessageDigest digest;
  private final Thread thread;

  private volatile boolean isAborted;
  private volatile boolean isFinished;
  private long next; // the hashing thread's

  /// @param failed is told what the hashing thread ended by, if it throws
  InOrderHasher(int depth, Consumer<Throwable> failed) {
    waiting = new AtomicReferenceArray<>(depth);
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
    thread =
        Thread.ofPlatform()
            .daemon()
            .name("ioreq-hash")
            .uncaughtExceptionHandler((hashing, thrown) -> failed.accept(thrown))
            .unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /// A slot's block may be hashed; [Slot#hashed()] is called when it was, or will not be.
  void offer(Slot slot) {
    int index = (int) (slot.block() % waiting.length());
    waiting.set(index, slot);
    if (isAborted) {
      release(index);
    } else {
      LockSupport.unpark(thread);
    }
  }

  /// Hashes no more; those that wait are let go.
  void abort() {
    isAborted = true;
    for (int i = 0; i < waiting.length(); i++) {
      release(i);
    }
    LockSupport.unpark(thread);
  }

  private void release(int index) {
    Slot slot = waiting.getAndSet(index, null);
    if (slot != null) {
      slot.hashed();
    }
  }

  private void run() {
    while (!isAborted) {
      int index = (int) (next % waiting.length());
      Slot slot = waiting.get(index);
      if (slot != null && waiting.compareAndSet(index, slot, null)) {
        digest.update(slot.bytes());
        next++;
        slot.hashed();
      } else if (isFinished) {
        return;
      } else {
        LockSupport.park(this);
      }
    }
  }

  /// The hash of all blocks, when the pass has ended; empty after an abort.
  Optional<String> finish() {
    isFinished = true;
    LockSupport.unpark(thread);
    boolean isInterrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
    return isAborted ? Optional.empty() : Optional.of(HexFormat.of().formatHex(digest.digest()));
  }
}
