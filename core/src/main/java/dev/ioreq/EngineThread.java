package dev.ioreq;

import java.util.function.BooleanSupplier;

/// A long-lived thread of an engine, on which requests complete and completion routines run.
///
/// It lets the loop bound how many deferred routines run before it looks at its queues again, and
/// learns whether to look for work before it sleeps.
public abstract class EngineThread extends Thread {
  final Nesting nesting = new Nesting(true);
  private final BriefLook look = BriefLook.forWork();

  /// A daemon thread.
  ///
  /// @param name for thread dumps
  @SuppressWarnings("this-escape") // setDaemon of Thread is final and keeps nothing
  protected EngineThread(String name) {
    super(null, null, name, 0, false);
    setDaemon(true);
  }

  /// Runs completion routines that were deferred because too many were nested.
  ///
  /// @param most how many at the most
  /// @return whether some are left
  protected final boolean runDeferred(int most) {
    return nesting.drain(most);
  }

  /// Whether routines are waiting to be run by [#runDeferred(int)].
  ///
  /// @return true if so
  protected final boolean hasDeferred() {
    return nesting.hasDeferred();
  }

  /// Looks for work for a short while before the thread sleeps, if that has paid lately: some
  /// hundred looks at the most, and none at all where work does not come so soon.
  ///
  /// @param hasWork looks once
  /// @return whether there is work
  protected final boolean hasWorkSoon(BooleanSupplier hasWork) { // hot path
    int left = look.begin();
    if (left == 0) {
      return false;
    }
    boolean hasFound = hasWork.getAsBoolean();
    while (!hasFound && --left > 0) {
      Thread.onSpinWait();
      hasFound = hasWork.getAsBoolean();
    }
    look.end(hasFound);
    return hasFound;
  }
}
