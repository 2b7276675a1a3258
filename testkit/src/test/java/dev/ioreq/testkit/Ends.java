package dev.ioreq.testkit;

import dev.ioreq.IoStatus;
import dev.ioreq.several.EndRoutine;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;

/// An end routine that writes down what it was told. Safe from any thread.
final class Ends implements EndRoutine {
  record End(IoStatus status, long information) {}

  private final List<End> ends = new CopyOnWriteArrayList<>();
  private final Semaphore arrived = new Semaphore(0);
  private volatile Runnable then = () -> {};

  /// Does something more inside the routine from now on.
  Ends then(Runnable what) {
    then = what;
    return this;
  }

  @Override
  public void ended(IoStatus status, long information) {
    ends.add(new End(status, information));
    then.run();
    arrived.release();
  }

  int count() {
    return ends.size();
  }

  End last() {
    return ends.getLast();
  }

  End await() {
    Waiting.forPermits("end routine", arrived, 1);
    return last();
  }
}
