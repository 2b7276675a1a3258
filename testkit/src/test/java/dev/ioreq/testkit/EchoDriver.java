package dev.ioreq.testkit;

import dev.ioreq.DispatchType;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.RequestType;
import dev.ioreq.SynchronizationScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A driver that keeps what was written last and gives it to reads, one request at a time, each
/// when a clock ticks. Two forms: its callbacks exclude one another, or it guards itself.
abstract class EchoDriver {
  static final int MOST_BYTES = 40 * 1024;
  static final IoStatus BUFFER_OVERFLOW = IoStatus.of(0x80000005);

  /// The types of the requests it was given, in order.
  final List<RequestType> presented = new CopyOnWriteArrayList<>();

  /// Sequence numbers that the senders gave as device offset.
  final List<Long> offsets = new CopyOnWriteArrayList<>();

  final AtomicInteger cancels = new AtomicInteger();
  final AtomicInteger mostAtATime = new AtomicInteger();
  private final AtomicInteger atATime = new AtomicInteger();
  private byte[] kept = new byte[0];

  abstract IoDevice device();

  /// The clock.
  abstract void tick();

  void handle(IoQueue queue, ReceivedRequest request) throws IoRequestException {
    if (queue.dispatchType() != DispatchType.SEQUENTIAL) {
      throw new AssertionError(queue);
    }
    presented.add(request.type());
    offsets.add(request.deviceOffset());
    mostAtATime.accumulateAndGet(atATime.incrementAndGet(), Math::max);
    if (request.type() == RequestType.WRITE) {
      long length = request.inputLength();
      if (length > MOST_BYTES) {
        end(request, BUFFER_OVERFLOW, 0);
        return;
      }
      byte[] copy = new byte[(int) length];
      request.retrieveInput(length).copyTo(0, copy);
      kept = copy;
      request.setInformation(length);
    } else {
      if (kept.length == 0) {
        end(request, IoStatus.SUCCESS, 0);
        return;
      }
      int length = (int) Math.min(request.outputLength(), kept.length);
      IoMemory output = request.retrieveOutput(length);
      output.copyFrom(0, Arrays.copyOf(kept, length));
      request.setInformation(length);
    }
    remember(request);
  }

  abstract void remember(ReceivedRequest request);

  void end(ReceivedRequest request, IoStatus status, long information) {
    atATime.decrementAndGet();
    request.complete(status, information);
  }

  void end(ReceivedRequest request, IoStatus status) {
    atATime.decrementAndGet();
    request.complete(status);
  }

  /// Device scope: the tick and the cancel routine run in it too.
  static final class Synchronized extends EchoDriver {
    private final IoDevice device =
        IoDevice.function("echo")
            .synchronize(SynchronizationScope.DEVICE)
            .queue(IoQueue.sequential().onRead(this::transfer).onWrite(this::transfer))
            .alone();
    private @Nullable ReceivedRequest current;

    private void transfer(IoQueue queue, ReceivedRequest request, long length)
        throws IoRequestException {
      handle(queue, request);
    }

    @Override
    IoDevice device() {
      return device;
    }

    @Override
    void remember(ReceivedRequest request) {
      current = request;
      request.markCancelable(cancelled -> {
        cancels.incrementAndGet();
        current = null;
        end(cancelled, IoStatus.CANCELLED, 0);
      });
    }

    @Override
    void tick() {
      device
          .defaultQueue()
          .orElseThrow()
          .synchronize(() -> {
            ReceivedRequest request = current;
            if (request != null && request.unmarkCancelable()) {
              current = null;
              end(request, IoStatus.SUCCESS);
            }
          });
    }
  }

  /// No scope: a count of owners, as many as may still touch the request, guarded by a lock.
  static final class Unsynchronized extends EchoDriver {
    private final IoDevice device =
        IoDevice.function("echo")
            .queue(IoQueue.sequential().onRead(this::transfer).onWrite(this::transfer))
            .alone();
    private final Object lock = new Object();
    private @Nullable ReceivedRequest current; // guarded by lock
    private int owners; // guarded by lock; the last one completes
    private final List<String> lastOwners = new ArrayList<>(); // guarded by lock

    /// Runs inside the cancel routine, before it lets go.
    volatile Runnable inCancel = () -> {};

    private void transfer(IoQueue queue, ReceivedRequest request, long length)
        throws IoRequestException {
      handle(queue, request);
    }

    @Override
    IoDevice device() {
      return device;
    }

    @Override
    void remember(ReceivedRequest request) {
      boolean isMarked;
      synchronized (lock) {
        isMarked = request.tryMarkCancelable(this::cancelled);
        if (isMarked) {
          current = request;
          owners = 1;
        }
      }
      if (!isMarked) {
        end(request, IoStatus.CANCELLED, 0);
      }
    }

    private void cancelled(ReceivedRequest request) {
      cancels.incrementAndGet();
      inCancel.run();
      letGo(request, 1, "cancel");
    }

    private void letGo(ReceivedRequest request, int count, String who) {
      synchronized (lock) {
        owners -= count;
        if (owners > 0) {
          return;
        }
        current = null;
        lastOwners.add(who);
      }
      end(request, IoStatus.CANCELLED, 0);
    }

    @Override
    void tick() {
      ReceivedRequest request;
      boolean isMine;
      synchronized (lock) {
        request = current;
        if (request == null || owners == 0) {
          return;
        }
        owners++;
        isMine = request.unmarkCancelable();
        if (isMine) {
          owners = 0;
          current = null;
        }
      }
      if (isMine) {
        end(request, IoStatus.SUCCESS);
      } else {
        letGo(request, 1, "tick");
      }
    }

    List<String> lastOwners() {
      synchronized (lock) {
        return List.copyOf(lastOwners);
      }
    }
  }
}
