package dev.ioreq.several;

import dev.ioreq.CompletionParameters;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.IoMemory;
import dev.ioreq.IoMisuseException;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.TargetState;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One of the reads that a [ContinuousReader] keeps pending: its request, its buffer, and how it
/// ended.
///
/// Belongs to one party at a time: the reader's worker while it is sent, the target while it is in
/// flight, who takes its turn after that. Handed on by the request, and by the reader's lock.
final class PendingRead implements CompletionRoutine {
  private final ContinuousReader reader;
  private final IoRequest request;

  private @Nullable IoMemory memory;
  private boolean isKept; // the callback's: the memory is not ours any more

  // guarded by the reader's lock
  long offset; // on the device; constant while it is out
  boolean hasEnded; // its turn may be taken

  private volatile @Nullable Thread callbackThread; // while the callback runs

  private IoStatus status = IoStatus.SUCCESS;
  private long bytes;
  private boolean isRefused;
  private boolean
      isHeldAgain; // cancelled by a stop of the target, which will hold it back if it is sent

  PendingRead(ContinuousReader reader, IoTarget target) {
    this.reader = reader;
    request = IoRequest.create(target);
  }

  /// Attaches a buffer if there is none, and sends.
  ///
  /// @return pending if it was accepted, else why not
  IoStatus send(IoTarget target, ReaderConfig config) {
    try {
      IoMemory buffer = memory;
      if (buffer == null) {
        buffer = reader.takeMemory();
        if (buffer == null) {
          return IoStatus.INSUFFICIENT_RESOURCES;
        }
        memory = buffer;
        if (buffer.sizeBytes() < config.bufferBytes()) {
          dropMemory();
          return IoStatus.BUFFER_TOO_SMALL;
        }
      }
      request.reuse(); // also lets go of the mark of a cancel that found it ended
      target.formatRead(request, buffer, config.headerBytes(), config.dataBytes(), offset);
      request.setCompletionRoutine(this);
      return request.send(target) ? IoStatus.PENDING : request.status();
    } catch (IoMisuseException e) {
      return e.status();
    }
  }

  void refused(IoStatus why) {
    ended(why, 0, true, false);
  }

  @Override
  public void completed(IoRequest request, IoTarget target, CompletionParameters result) {
    // who stops a target waits for this routine: so the state is that of the stop that cancelled it
    ended(result.status(), result.information(), false, target.state() == TargetState.STOPPED);
    reader.ended(this);
  }

  private void ended(IoStatus status, long bytes, boolean isRefused, boolean isTargetStopped) {
    this.status = status;
    this.bytes = bytes;
    this.isRefused = isRefused;
    isHeldAgain = isTargetStopped && status.equals(IoStatus.CANCELLED);
  }

  IoStatus status() {
    return status;
  }

  long bytes() {
    return bytes;
  }

  /// Whether it ended because its target stopped: then it is sent again, and held back there.
  boolean isHeldAgain() {
    return isHeldAgain;
  }

  /// Whether it ended for a cancel or for the state of its target, which is nobody's failure.
  boolean isEndedQuietly() {
    return status.equals(IoStatus.CANCELLED)
        || status.equals(IoStatus.WDF_DEVICE_REMOVED_NOT_SENT)
        || (isRefused && status.equals(IoStatus.INVALID_DEVICE_STATE));
  }

  void cancel() {
    request.cancelSent();
  }

  /// Runs a callback over the buffer, which then is given back unless the callback kept it.
  void deliver(ContinuousReader.OnRead onRead, IoTarget target, @Nullable Object context) {
    IoMemory delivered = Objects.requireNonNull(memory);
    isKept = false;
    callbackThread = Thread.currentThread();
    try {
      onRead.onRead(target, delivered, bytes, context);
    } finally {
      callbackThread = null;
      request.reuse(); // it held a reference on the buffer
      if (isKept) {
        memory = null;
      } else {
        dropMemory();
      }
    }
  }

  /// Keeps the buffer, if the calling thread is in this read's callback for it.
  boolean tryKeep(IoMemory wanted) {
    if (callbackThread != Thread.currentThread() || memory != wanted) {
      return false;
    }
    isKept = true;
    return true;
  }

  private void dropMemory() {
    IoMemory dropped = memory;
    memory = null;
    if (dropped != null) {
      dropped.close();
    }
  }

  void close() {
    request.close();
    dropMemory();
  }
}
