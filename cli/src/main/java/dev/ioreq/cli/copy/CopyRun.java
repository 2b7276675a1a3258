package dev.ioreq.cli.copy;

import dev.ioreq.DeviceInfo;
import dev.ioreq.IoStatus;
import dev.ioreq.cli.copy.CopyReport.DestinationReport;
import dev.ioreq.cli.copy.CopyReport.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Carries a plan out: copies, flushes, verifies, reports.
///
/// **Threading.** [#run(Progress)] once, by a thread that may wait. [#interrupt()] from any thread,
/// at any time: requests in flight are cancelled, the rest of the run is the flush and the report.
public final class CopyRun {
  private static final long PROGRESS_MILLIS = 100;
  private static final double NANOS_PER_SECOND = 1e9;

  private final CopyPlan plan;

  /// The pass under way, and whether there will be another: both guarded by this object's lock.
  private final Object lock = new Object();

  private @Nullable Pass current;
  private boolean isInterrupted;

  private Optional<Throwable> fault = Optional.empty(); // the running thread's

  /// A run that has not begun.
  ///
  /// @param plan what to do; stays the caller's to close
  public CopyRun(CopyPlan plan) {
    this.plan = plan;
  }

  /// Ends the run early. Returns at once; [#run(Progress)] returns when nothing is in flight any
  /// more.
  public void interrupt() {
    Pass running;
    synchronized (lock) {
      isInterrupted = true;
      running = current;
    }
    if (running != null) {
      running.interrupt();
    }
  }

  /// Does everything.
  ///
  /// @param progress is shown how it gets on
  /// @return how it ended
  public CopyReport run(Progress progress) {
    long begin = System.nanoTime();
    CopyPass pass = new CopyPass(plan, plan.options().verify() ? plan.digests() : null);
    List<Long> whole = new ArrayList<>();
    Optional<String> hash;
    try {
      run(pass, progress);
      hash = pass.hash();
      for (int i = 0; i < plan.destinations().size(); i++) {
        whole.add(pass.wholeUntil(i));
      }
    } finally {
      pass.close();
    }
    note(Finish.finish(plan.destinations(), whole));
    double seconds = (System.nanoTime() - begin) / NANOS_PER_SECOND;
    if (plan.options().verify()) {
      try {
        verify(pass, progress);
      } catch (RuntimeException | Error e) {
        note(Optional.of(e));
      }
    }
    return report(pass, whole, hash, seconds);
  }

  private void verify(CopyPass pass, Progress progress) {
    try (ReadBack readBack = new ReadBack(plan, pass.endBytes(), plan.digests())) {
      for (Destination destination : plan.destinations()) {
        destination.verification = Verification.NOT_DONE;
        if (isComplete(pass, destination)) {
          readBack.add(destination);
        }
      }
      if (readBack.hasCandidates()) {
        VerifyPass verify = readBack.pass();
        try {
          run(verify, progress);
        } finally {
          verify.close();
        }
        if (!isInterrupted() && fault.isEmpty()) {
          readBack.judge();
        }
      }
    }
  }

  /// Runs a pass to its end.
  private void run(Pass pass, Progress progress) {
    boolean isWanted = plan.destinations().stream().anyMatch(d -> d.failure().isEmpty());
    synchronized (lock) {
      current = pass;
      if (isInterrupted || !isWanted) {
        pass.stop();
      }
    }
    pass.start();
    pass.await(progress, PROGRESS_MILLIS);
    synchronized (lock) {
      current = null;
    }
    note(pass.fault());
  }

  /// Remembers what was thrown; the first counts.
  private void note(Optional<Throwable> thrown) {
    fault = fault.isPresent() ? fault : thrown;
  }

  private boolean isInterrupted() {
    synchronized (lock) {
      return isInterrupted;
    }
  }

  private boolean isComplete(CopyPass pass, Destination destination) {
    return destination.failure().isEmpty()
        && pass.sourceFailure().isEmpty()
        && fault.isEmpty()
        && !isInterrupted();
  }

  // ------------------------------------------------------------------ report

  private CopyReport report(
      CopyPass pass, List<Long> whole, Optional<String> hash, double seconds) {
    List<DestinationReport> reports = new ArrayList<>();
    for (int i = 0; i < plan.destinations().size(); i++) {
      reports.add(report(pass, plan.destinations().get(i), whole.get(i)));
    }
    Optional<CopyPass.SourceFailure> failure = pass.sourceFailure();
    DeviceInfo source = plan.source().info();
    return new CopyReport(
        plan.sourceName(),
        source.engine(),
        plan.isStream() ? pass.endBytes() : plan.lengthBytes(),
        pass.endBytes(),
        pass.bytesRead(),
        failure.map(f -> f.what() + ": " + f.status()),
        failure.map(CopyPass.SourceFailure::offset).orElse(-1L),
        reports,
        pass.skippedRanges(),
        hash,
        seconds,
        isInterrupted(),
        fault);
  }

  private DestinationReport report(CopyPass pass, Destination destination, long whole) {
    Optional<Destination.Failure> failure = destination.failure();
    State state;
    if (failure.isPresent()) {
      state = State.FAILED;
    } else if (whole == pass.endBytes() && pass.sourceFailure().isEmpty()) {
      state = State.COMPLETE;
    } else {
      boolean isEndedEarly = isInterrupted() || fault.isPresent();
      state = isEndedEarly ? State.INTERRUPTED : State.SOURCE_FAILED;
    }
    IoStatus status = failure.map(Destination.Failure::status).orElse(IoStatus.SUCCESS);
    return new DestinationReport(
        destination.name(),
        destination.info().map(DeviceInfo::engine).orElse("-"),
        state,
        destination.bytesWritten(),
        Math.min(whole, failure.map(Destination.Failure::wholeUntil).orElse(Long.MAX_VALUE)),
        status.name(),
        failure.map(f -> f.what() + ": " + f.status()).orElse(destination.verificationProblem),
        destination.isFlushed,
        destination.verification);
  }
}
