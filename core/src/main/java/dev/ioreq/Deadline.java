package dev.ioreq;

import dev.ioreq.time.Timed;

/// A request's node in the timing wheel.
final class Deadline extends Timed {
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
