package dev.ioreq.testkit;

import dev.ioreq.Device;
import dev.ioreq.DeviceInfo;
import dev.ioreq.Frame;
import dev.ioreq.IoStatus;
import dev.ioreq.Packet;
import dev.ioreq.RequestType;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A lower device with a queue and a thread of its own that completes packets after a random while,
/// and meets cancels in every way the contract allows: it takes a queued packet out and completes
/// it in the cancelling thread, hands the cancel over to its own thread, or is too late.
///
/// A read fills its window with the low byte of the device offset.
public final class QueueingDevice implements Device {
  private static final int MOST_PER_TURN = 64;

  private final ArrayDeque<Packet> queue = new ArrayDeque<>(); // guarded by queue
  private final List<Packet> handedOver = new ArrayList<>(); // guarded by queue
  private final Random random; // the thread's
  private final Thread thread;
  private int cancels; // guarded by queue
  private volatile boolean isClosed;
  private volatile boolean isParked;

  /// A device whose delays follow a seed.
  ///
  /// @param seed of the delays
  @SuppressWarnings("this-escape") // the thread begins with fields that are set
  public QueueingDevice(long seed) {
    random = new Random(seed);
    thread = Thread.ofPlatform().daemon().name("queueing-device").unstarted(this::loop);
    thread.start();
  }

  @Override
  public int stackSize() {
    return 1;
  }

  @Override
  public void dispatch(Packet packet) {
    synchronized (queue) {
      queue.addLast(packet);
    }
    if (packet.isCancelRequested() && remove(packet)) {
      packet.complete(IoStatus.CANCELLED, 0);
    } else {
      wake();
    }
  }

  @Override
  public CancelResult cancel(Packet packet) {
    synchronized (queue) {
      if (!queue.contains(packet)) {
        return CancelResult.NOT_DELIVERED;
      }
      if (++cancels % 2 == 0) {
        handedOver.add(packet);
        wake();
        return CancelResult.HANDED_OVER;
      }
      queue.remove(packet);
    }
    packet.complete(IoStatus.CANCELLED, 0);
    return CancelResult.DELIVERED;
  }

  @Override
  public DeviceInfo info() {
    return new DeviceInfo(
        "queueing", "testkit", DeviceInfo.UNKNOWN, 1, 1, 1, false, false, List.of());
  }

  @Override
  public void close() {
    isClosed = true;
    LockSupport.unpark(thread);
    Waiting.forEnd(thread);
  }

  private boolean remove(Packet packet) {
    synchronized (queue) {
      return queue.remove(packet);
    }
  }

  private void wake() {
    if (isParked) {
      LockSupport.unpark(thread);
    }
  }

  private void loop() {
    List<Packet> cancelled = new ArrayList<>();
    while (!isClosed) {
      synchronized (queue) {
        cancelled.addAll(handedOver);
        handedOver.clear();
      }
      for (Packet packet : cancelled) {
        if (remove(packet)) {
          packet.complete(IoStatus.CANCELLED, 0);
        }
        packet.cancelHandled();
      }
      cancelled.clear();
      boolean isIdle = true;
      for (int i = random.nextInt(MOST_PER_TURN); i >= 0; i--) {
        Packet packet = poll();
        if (packet == null) {
          break;
        }
        isIdle = false;
        carryOut(packet);
      }
      if (isIdle) {
        isParked = true;
        if (isEmpty()) {
          LockSupport.park(this);
        }
        isParked = false;
      } else {
        for (int spin = random.nextInt(2000); spin > 0; spin--) {
          Thread.onSpinWait();
        }
      }
    }
  }

  private boolean isEmpty() {
    synchronized (queue) {
      return queue.isEmpty() && handedOver.isEmpty() && !isClosed;
    }
  }

  private @Nullable Packet poll() {
    synchronized (queue) {
      return random.nextBoolean() ? queue.pollFirst() : queue.pollLast();
    }
  }

  private static void carryOut(Packet packet) {
    Frame frame = packet.frame();
    if (frame.type() == RequestType.READ) {
      for (long at = 0; at < frame.outputLength(); at++) {
        frame
            .outputSegment()
            .set(ValueLayout.JAVA_BYTE, frame.outputBase() + at, (byte) frame.deviceOffset());
      }
      packet.complete(IoStatus.SUCCESS, frame.outputLength());
    } else {
      packet.complete(IoStatus.SUCCESS, frame.inputLength());
    }
  }
}
