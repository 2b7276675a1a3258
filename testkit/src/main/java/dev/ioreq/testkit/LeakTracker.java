package dev.ioreq.testkit;

import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoTarget;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// Makes requests and memory for one test, closes them after it, and fails when something is left
/// over: a request still in flight, memory not freed. Names the place where it was made.
///
/// Safe from any thread.
public final class LeakTracker implements AutoCloseable {
  private record Tracked<T>(T thing, Throwable madeAt) {}

  private record TrackedMemory(IoMemory memory, MemorySegment.Scope scope, Throwable madeAt) {}

  private final List<Tracked<IoRequest>> requests = new ArrayList<>(); // guarded by this
  private final List<TrackedMemory> memories = new ArrayList<>(); // guarded by this
  private final List<Tracked<IoTarget>> targets = new ArrayList<>(); // guarded by this
  private final List<Tracked<IoDevice>> devices = new ArrayList<>(); // guarded by this
  private final List<Runnable> closings = new ArrayList<>(); // guarded by this

  /// A tracker with nothing in it.
  public LeakTracker() {}

  /// Makes a request.
  ///
  /// @return a new one
  public IoRequest request() {
    return track(IoRequest.create());
  }

  /// Tracks a request made elsewhere.
  ///
  /// @param request is closed at the end
  /// @return the same
  public synchronized IoRequest track(IoRequest request) {
    requests.add(new Tracked<>(request, new Throwable("made here")));
    return request;
  }

  /// Makes memory.
  ///
  /// @param sizeBytes how large, at least 1
  /// @return zeroed native memory
  public synchronized IoMemory memory(long sizeBytes) {
    IoMemory memory = IoMemory.allocate(sizeBytes);
    memories.add(
        new TrackedMemory(memory, memory.segment().scope(), new Throwable("allocated here")));
    return memory;
  }

  /// Tracks a target.
  ///
  /// @param target is closed at the end
  /// @return the same
  public synchronized IoTarget track(IoTarget target) {
    targets.add(new Tracked<>(target, new Throwable("opened here")));
    closings.addFirst(() -> closeInTime(target, target::close));
    return target;
  }

  /// Tracks a device.
  ///
  /// @param device is closed at the end, after the targets that were tracked later
  /// @return the same
  public synchronized IoDevice track(IoDevice device) {
    devices.add(new Tracked<>(device, new Throwable("made here")));
    closings.addFirst(() -> closeInTime(device, device::close));
    return device;
  }

  /// Closes all, what was made last first, and looks for leaks.
  @Override
  public synchronized void close() {
    closings.forEach(Runnable::run);
    for (Tracked<IoDevice> device : devices) {
      device.thing().defaultQueue().ifPresent(queue -> requireIdle(queue, device.madeAt()));
    }
    for (Tracked<IoTarget> target : targets) {
      if (target.thing().requestsInFlight() != 0 || target.thing().requestsHeld() != 0) {
        throw new AssertionError(target.thing() + " still has requests", target.madeAt());
      }
    }
    for (Tracked<IoRequest> request : requests) {
      request.thing().close();
    }
    for (TrackedMemory memory : memories) {
      memory.memory().close();
    }
    memories.forEach(LeakTracker::requireFreed);
  }

  /// An engine that has made the memory known to its kernel takes that back first.
  private static void requireFreed(TrackedMemory memory) {
    try {
      Waiting.until("the free of " + memory.memory(), () -> !memory.scope().isAlive());
    } catch (AssertionError e) {
      e.initCause(memory.madeAt());
      throw e;
    }
  }

  private static void requireIdle(IoQueue queue, Throwable madeAt) {
    if (!queue.state().isIdle()) {
      throw new AssertionError(queue + " still has requests", madeAt);
    }
  }

  /// On a thread of its own: a close that waits for ever must fail the test and not stop the build.
  private static void closeInTime(Object what, Runnable close) {
    FutureTask<Boolean> closing = new FutureTask<>(close, true);
    Thread.ofPlatform().daemon().start(closing);
    try {
      boolean isClosed = Waiting.forResult("close of " + what, closing);
      if (!isClosed) {
        throw new AssertionError("the task gives true");
      }
    } catch (ExecutionException e) {
      throw new AssertionError("close of " + what + " threw", e);
    }
  }
}
