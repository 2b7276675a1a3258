package dev.ioreq;

import dev.ioreq.time.Timed;
import java.time.InstantSource;

/// A request's node in the timing wheel.
final class Deadline extends Timed {
  /// What deadlines of the wall clock follow; relative timeouts do not look at it. Tests move it.
  static volatile InstantSource wallClock = InstantSource.system();

  private final IoRequest request;

  Deadline(IoRequest request) {
    this.request = request;
  }

  @Override
  protected long deadlineNanos() {
    return request.armedDeadlineNanos();
  }

  @Override
  protected void expired() {
    request.expired();
  }
}
