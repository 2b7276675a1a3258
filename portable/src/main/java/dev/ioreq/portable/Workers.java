package dev.ioreq.portable;

import dev.ioreq.IoStatus;
import dev.ioreq.Packet;
import dev.ioreq.log.Log;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A bounded pool of threads that carry packets out in the order of arrival.
///
/// Every method may be called from any thread. Completion routines run on the pool's threads; while
/// one runs, its thread carries nothing else out.
final class Workers {
  /*
   *   execute            a thread polls            completes
   *   ────────▶ QUEUED ─────────────────▶ RUNNING ───────────▶ the sender's
   *               │ cancel removes it: CANCELLED, by the canceller
   *
   * QUEUED means: in the queue. Every step into and out of it is made under the lock, so a packet leaves by one of the
   * two ways, and who took it out completes it, after the lock.
   *
   * A cancel sets the packet's flag, then calls cancel(). execute() reads the flag under the lock before it queues. If
   * the canceller gets the lock first, execute() sees the flag; if it gets the lock later, it finds the packet.
   *
   * threads counts those that live or are being started, idle those of them that wait. A packet that finds fewer idle
   * threads than packets waiting gets a new thread, up to the most: comparing with the queue's size counts threads
   * that were signalled and have not woken yet as what they are, taken.
   */
  private static final Log LOG = new Log("dev.ioreq.portable");
  private static final String THREADS_PROPERTY = "ioreq.portable.threads";
  private static final int MOST_THREADS = 1024;
  private static final long IDLE_NANOS = 5_000_000_000L;

  private static final Workers SHARED = new Workers(configuredThreads(), IDLE_NANOS);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final int mostThreads;
  private final long idleNanos;

  // guarded by lock
  private final PacketQueue queue = new PacketQueue();
  private int threads;
  private int idle;
  private long started;

  Workers(int mostThreads, long idleNanos) {
    this.mostThreads = mostThreads;
    this.idleNanos = idleNanos;
  }

  /// The pool of this process.
  static Workers shared() {
    return SHARED;
  }

  private static int configuredThreads() {
    int usual = Math.clamp(2L * Runtime.getRuntime().availableProcessors(), 4, 16);
    String text = System.getProperty(THREADS_PROPERTY);
    if (text == null) {
      return usual;
    }
    try {
      int threads = Integer.parseInt(text.strip());
      if (threads >= 1 && threads <= MOST_THREADS) {
        return threads;
      }
    } catch (NumberFormatException e) {
      // told below, like a number out of range
    }
    LOG.say(
        System.Logger.Level.WARNING,
        "%s=%s is not a number in 1..%d; using %d threads"
            .formatted(THREADS_PROPERTY, text, MOST_THREADS, usual));
    return usual;
  }

  /// Takes a packet over.
  ///
  /// @param carrier will be given it on one of the threads, unless it is cancelled before
  void execute(Packet packet, Carrier carrier) {
    boolean isCancelled;
    Worker worker = null;
    lock.lock();
    try {
      isCancelled = packet.isCancelRequested();
      if (!isCancelled) {
        packet.attachment = carrier;
        queue.add(packet);
        worker = wakeLocked();
      }
    } finally {
      lock.unlock();
    }
    if (isCancelled) {
      packet.complete(IoStatus.CANCELLED, 0);
    } else if (worker != null) {
      start(worker);
    }
  }

  /// Ends a packet that waits.
  ///
  /// @return whether it waited; then it is completed
  boolean cancel(Packet packet) {
    lock.lock();
    try {
      if (!queue.remove(packet)) {
        return false;
      }
    } finally {
      lock.unlock();
    }
    packet.attachment = null;
    packet.complete(IoStatus.CANCELLED, 0);
    return true;
  }

  /// How many threads there are now.
  int threads() {
    lock.lock();
    try {
      return threads;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Worker wakeLocked() {
    if (queue.size() > idle && threads < mostThreads) {
      threads++;
      started++;
      return new Worker("ioreq-portable-" + started, this::work);
    }
    work.signal();
    return null;
  }

  private void start(Worker worker) {
    try {
      worker.start();
    } catch (OutOfMemoryError e) { // the system gives no thread
      LOG.error("cannot start " + worker.getName(), e);
      for (Packet left = abandoned(); left != null; left = nextLeft()) {
        left.complete(IoStatus.INSUFFICIENT_RESOURCES, 0);
      }
    }
  }

  /// A thread did not come: what waits is lost if there is no other.
  private @Nullable Packet abandoned() {
    lock.lock();
    try {
      threads--;
    } finally {
      lock.unlock();
    }
    return nextLeft();
  }

  private @Nullable Packet nextLeft() {
    lock.lock();
    try {
      return threads == 0 ? queue.poll() : null;
    } finally {
      lock.unlock();
    }
  }

  private void work() {
    boolean isDone = false;
    try {
      for (Packet packet = next(); packet != null; packet = next()) {
        Carrier carrier = (Carrier) packet.attachment;
        packet.attachment = null;
        if (carrier == null) {
          throw new AssertionError("a packet is queued together with its carrier");
        }
        carrier.carryOut(packet);
      }
      isDone = true;
    } finally {
      if (!isDone) {
        replace();
      }
    }
  }

  /// The next packet, waited for.
  ///
  /// @return null if none came for long: then the thread is no longer counted
  private @Nullable Packet next() {
    lock.lock();
    try {
      long left = idleNanos;
      while (true) {
        Packet packet = queue.poll();
        if (packet != null) {
          return packet;
        }
        if (left <= 0) {
          threads--;
          return null;
        }
        idle++;
        try {
          left = work.awaitNanos(left);
        } finally {
          idle--;
        }
      }
    } catch (InterruptedException e) {
      throw new AssertionError("a worker ignores interrupts", e);
    } finally {
      lock.unlock();
    }
  }

  /// This thread dies of an error that nobody held back: others go on.
  private void replace() {
    Worker worker;
    lock.lock();
    try {
      threads--;
      worker = queue.size() == 0 ? null : wakeLocked();
    } finally {
      lock.unlock();
    }
    if (worker != null) {
      start(worker);
    }
  }
}
