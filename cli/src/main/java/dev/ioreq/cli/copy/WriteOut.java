package dev.ioreq.cli.copy;

import dev.ioreq.CompletionParameters;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoTarget;
import dev.ioreq.StorageControl;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/// Sets what a destination's cache has taken on its way to the device while the copy goes on, so
/// that little is left for the flush.
///
/// It is a hint: what it misses is the flush's, and so is every error.
///
/// **Threading.** [#reached(long)] from any thread, [#close()] when nobody calls that any more.
final class WriteOut {
  /*
   *   0              begun               safe        highest end
   *   │ on its way    │ to be begun        │ lag       │
   *   └───────────────┴────────────────────┴───────────┘
   *                   └── a whole window at least ──┘
   *
   * Blocks are taken in order, and no more are under way than the slots hold; so all but the last of them, the lag, is
   * written. That need not be exact.
   *
   * One request at a time: whoever has the permit owns begun, the request and its memory, and the completion gives it
   * back. Where the device is slower than the copy, the next range is therefore a longer one. Large windows, because each
   * is an allocation in the file system and a few requests at the device; small ones, because the last waits for the flush.
   */
  static final long WINDOW_BYTES = 16 << 20;

  private final IoTarget target;
  private final long lagBytes;
  private final IoRequest request = IoRequest.create();
  private final IoMemory range = IoMemory.allocate(StorageControl.RANGE_BYTES);
  private final Semaphore permit = new Semaphore(1);
  private final CompletionRoutine ended = this::ended;
  private volatile long begun; // written by the owner of the permit
  private volatile boolean isRefused;

  WriteOut(IoTarget target, long lagBytes) {
    this.target = target;
    this.lagBytes = lagBytes;
  }

  /// For a destination behind a cache that can be told.
  static Optional<WriteOut> of(Destination destination, long lagBytes) {
    return destination
        .info()
        .filter(i -> !i.isDirect() && i.controlCodes().contains(StorageControl.WRITE_OUT))
        .map(i -> new WriteOut(destination.requireTarget(), lagBytes));
  }

  /// The destination was written up to there.
  void reached(long end) { // hot path
    if (end - lagBytes - begun >= WINDOW_BYTES && !isRefused && permit.tryAcquire()) {
      begin(end - lagBytes);
    }
  }

  private void begin(long safe) {
    long from = begun;
    long length = (safe - from) / WINDOW_BYTES * WINDOW_BYTES;
    if (length <= 0) {
      permit.release(); // another thread was quicker
      return;
    }
    begun = from + length;
    boolean isSent = false;
    try {
      StorageControl.putRange(range, from, length);
      target.formatDeviceControl(request, StorageControl.WRITE_OUT, range, IoMemory.none());
      request.setCompletionRoutine(ended);
      isSent = request.send(target);
    } finally {
      if (!isSent) {
        isRefused = true;
        permit.release();
      }
    }
  }

  private void ended(IoRequest request, IoTarget target, CompletionParameters result) {
    isRefused = !result.status().isSuccess();
    permit.release();
  }

  void cancel() {
    isRefused = true;
    request.cancelSent();
  }

  /// Waits for the end of the last one.
  void close() {
    permit.acquireUninterruptibly();
    request.close();
    range.close();
  }
}
