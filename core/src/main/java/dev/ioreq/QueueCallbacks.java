package dev.ioreq;

import org.jspecify.annotations.Nullable;

/// Where and when a queue's callbacks run: on this thread, on a virtual one, or after another that
/// their scope excludes.
final class QueueCallbacks {
  private final IoQueue queue;
  private final IoDevice device;
  private final boolean mayBlock;
  private final @Nullable Synchronizer scope;

  /// The scope's, or one that keeps blocking handlers in turn.
  private final @Nullable Synchronizer deliveries;

  QueueCallbacks(IoQueue queue, IoDevice device, QueueConfig config) {
    this.queue = queue;
    this.device = device;
    Boolean mayBlock = config.mayBlock;
    this.mayBlock = mayBlock == null ? device.mayBlock() : mayBlock;
    SynchronizationScope scope = config.scope;
    this.scope = synchronizer(scope == null ? device.synchronizationScope() : scope);
    deliveries =
        this.scope == null && this.mayBlock && config.dispatchType == DispatchType.SEQUENTIAL
            ? new Synchronizer(true)
            : this.scope;
  }

  private @Nullable Synchronizer synchronizer(SynchronizationScope scope) {
    if (scope == SynchronizationScope.DEVICE && mayBlock != device.mayBlock()) {
      throw new IoMisuseException(
          IoStatus.INVALID_PARAMETER,
          "%s shares the synchronization scope of its device, so its callbacks may block if the device's may, and only then"
              .formatted(queue));
    }
    return switch (scope) {
      case NONE -> null;
      case QUEUE -> new Synchronizer(mayBlock);
      case DEVICE -> device.synchronizer();
    };
  }

  boolean mayBlock() {
    return mayBlock;
  }

  /// Whether callbacks of this queue exclude one another.
  boolean areSynchronized() {
    return scope != null;
  }

  /// Runs something as a callback: what it makes deliverable is delivered after it. Nothing passes.
  void run(Runnable task) {
    Runnable whole =
        () -> {
          Nesting nesting = Nesting.current();
          nesting.enterHandler(queue, mayBlock);
          try {
            CallbackFailures.guard(queue, task);
          } finally {
            nesting.leaveHandler(mayBlock);
          }
          queue.pump();
        };
    CallbackFailures.guard(
        queue, () -> runInScope(whole)); // what is not the task's: no thread for it
  }

  private void runInScope(Runnable whole) {
    Synchronizer scope = this.scope;
    if (scope != null) {
      scope.run(whole);
    } else if (mayBlock && !Nesting.current().mayBlock()) {
      Thread.ofVirtual().name("ioreq-callback").start(whole);
    } else {
      whole.run();
    }
  }

  /// Whether a handler may run here and now; if not, [#runHandler(Runnable)] sees to it.
  boolean mayHandleHere() { // hot path
    return deliveries == null && (!mayBlock || Nesting.current().mayBlock());
  }

  void runHandler(Runnable handling) {
    Synchronizer deliveries = this.deliveries;
    if (deliveries != null) {
      deliveries.run(handling);
    } else {
      Thread.ofVirtual().name("ioreq-handler").start(handling);
    }
  }
}
