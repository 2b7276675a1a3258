package dev.ioreq.examples;

import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.ReceivedRequest;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The echo device once more, without automatic synchronization: handler, timer and cancel routine
/// run on different threads at the same time, and the driver keeps them in order itself.
///
/// The question is who completes the request when timer and cancel meet. Completing it ends the use
/// of its handle, which may stand for another request a moment later; so the loser of the race must
/// not touch it any more, not even to ask whether it lost. Therefore each current request has a
/// count of owners: the cancel routine is one from the beginning, the timer becomes one while it
/// looks, and whoever leaves last completes it.
///
/// @see "general/echo/kmdf/driver/DriverSync/queue.c; WdfRequestMarkCancelableEx"
public final class EchoOwnLock {
  /// The request that waits for the tick.
  private static final class Held {
    private final ReceivedRequest request;
    private int owners = 1; // guarded by lock

    Held(ReceivedRequest request) {
      this.request = request;
    }
  }

  final ReentrantLock lock = new ReentrantLock();
  private byte[] stored = {}; // the handlers', one at a time
  private @Nullable Held current; // guarded by lock
  private final IoDevice device =
      IoDevice.function("echo")
          .queue(IoQueue.sequential().onRead(this::read).onWrite(this::write))
          .alone();

  EchoOwnLock() {}

  IoDevice device() {
    return device;
  }

  private void write(IoQueue queue, ReceivedRequest request, long length)
      throws IoRequestException {
    if (length > Echo.MOST_BYTES) {
      request.complete(Echo.BUFFER_OVERFLOW, 0);
      return;
    }
    stored = new byte[(int) length];
    request.retrieveInput(length).copyTo(0, stored);
    keep(request, length);
  }

  private void read(IoQueue queue, ReceivedRequest request, long length) throws IoRequestException {
    int moved = (int) Math.min(length, stored.length);
    if (moved == 0) {
      request.complete(IoStatus.SUCCESS, 0);
      return;
    }
    request.retrieveOutput(moved).segment().asByteBuffer().put(stored, 0, moved);
    keep(request, moved);
  }

  private void keep(ReceivedRequest request, long information) {
    request.setInformation(information);
    Held held = new Held(request);
    lock.lock(); // so that no cancel or tick comes between the mark and the field
    try {
      if (request.tryMarkCancelable(cancelled -> cancelled(held))) {
        current = held;
        return;
      }
    } finally {
      lock.unlock();
    }
    request.complete(IoStatus.CANCELLED, 0); // cancelled before: its routine is never called
  }

  private void cancelled(Held held) {
    if (isLastOut(held)) {
      held.request.complete(IoStatus.CANCELLED, 0);
    }
  }

  /// The timer's tick, from any thread.
  void tick() {
    Held held = enter();
    if (held == null) {
      return;
    }
    if (held.request.unmarkCancelable()) { // the cancel routine will not come: both parts are ours
      isLastOut(held);
      isLastOut(held);
      held.request.complete(IoStatus.SUCCESS);
    } else if (isLastOut(held)) { // it came while we were in, and left the rest to us
      held.request.complete(IoStatus.CANCELLED, 0);
    }
  }

  private @Nullable Held enter() {
    lock.lock();
    try {
      Held held = current;
      if (held != null) {
        held.owners++;
      }
      return held;
    } finally {
      lock.unlock();
    }
  }

  private boolean isLastOut(Held held) {
    lock.lock();
    try {
      if (current == held) {
        current = null;
      }
      return --held.owners == 0;
    } finally {
      lock.unlock();
    }
  }

  /// As [Echo#main(String[])].
  ///
  /// @param args how often the timer ticks, in milliseconds; without it 500
  /// @throws IoRequestException if a request fails
  public static void main(String[] args) throws IoRequestException {
    long period = args.length == 0 ? 500 : Long.parseLong(args[0]);
    EchoOwnLock echo = new EchoOwnLock();
    try (ScheduledExecutorService timer = new ScheduledThreadPoolExecutor(1);
        IoDevice device = echo.device();
        IoTarget target = IoTarget.to(device);
        IoMemory block = IoMemory.allocate(64)) {
      var ticks = timer.scheduleAtFixedRate(echo::tick, period, period, TimeUnit.MILLISECONDS);
      target.sendWriteSynchronously(block, 0);
      System.out.println("echo: " + target.sendReadSynchronously(block, 0) + " bytes");
      ticks.cancel(false);
    }
  }
}
