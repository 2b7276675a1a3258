package dev.ioreq.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.SynchronizationScope;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A device that keeps what is written and gives it back to reads, each request answered at the
/// next tick of a timer, and cancelable until then.
///
/// **Automatic synchronization.** Handlers and cancel routines of the device exclude one another,
/// and [IoQueue#synchronize(Runnable)] makes the tick one of them. So the fields need no lock, and
/// whoever finds a current request knows that nobody else is about to complete it, unless a cancel
/// has taken the mark: [ReceivedRequest#unmarkCancelable()] says so.
///
/// @see "general/echo/kmdf/driver/AutoSync/queue.c"
public final class Echo {
  static final int MOST_BYTES = 40 * 1024;
  static final IoStatus BUFFER_OVERFLOW = IoStatus.of(0x80000005);

  private final IoDevice device =
      IoDevice.function("echo")
          .queue(IoQueue.sequential().onRead(this::read).onWrite(this::write))
          .synchronize(SynchronizationScope.DEVICE)
          .alone();
  private final IoQueue queue = device.defaultQueue().orElseThrow();

  // all used in callbacks of the device only
  private byte[] stored = {};
  private @Nullable ReceivedRequest current;

  Echo() {}

  IoDevice device() {
    return device;
  }

  private void write(IoQueue queue, ReceivedRequest request, long length)
      throws IoRequestException {
    if (length > MOST_BYTES) {
      request.complete(BUFFER_OVERFLOW, 0);
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
    current = request;
    // if it is cancelled already, the routine runs as soon as this callback has returned
    request.markCancelable(this::cancelled);
  }

  private void cancelled(ReceivedRequest request) {
    current = null;
    request.complete(IoStatus.CANCELLED, 0);
  }

  /// The timer's tick, from any thread.
  void tick() {
    queue.synchronize(() -> {
      ReceivedRequest request = current;
      if (request != null && request.unmarkCancelable()) { // else its cancel routine is due
        current = null;
        request.complete(IoStatus.SUCCESS);
      }
    });
  }

  /// Sends two requests and gets their answers at the next two ticks.
  ///
  /// @param args how often the timer ticks, in milliseconds; without it 500
  /// @throws IoRequestException if one fails
  public static void main(String[] args) throws IoRequestException {
    Duration period = Duration.ofMillis(args.length == 0 ? 500 : Long.parseLong(args[0]));
    Echo echo = new Echo();
    try (ScheduledExecutorService timer = new ScheduledThreadPoolExecutor(1);
        IoDevice device = echo.device();
        IoTarget target = IoTarget.to(device);
        IoMemory call = IoMemory.wrap(ByteBuffer.wrap("hello?".getBytes(US_ASCII)));
        IoMemory answer = IoMemory.allocate(64)) {
      var ticks =
          timer.scheduleAtFixedRate(
              echo::tick, period.toNanos(), period.toNanos(), TimeUnit.NANOSECONDS);
      target.sendWriteSynchronously(call, 0);
      byte[] heard = new byte[(int) target.sendReadSynchronously(answer, 0)];
      answer.copyTo(0, heard);
      System.out.println("echo: " + new String(heard, US_ASCII));
      ticks.cancel(false);
    }
  }
}
