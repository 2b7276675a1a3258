package dev.ioreq.linux.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.ioreq.linux.abi.IoUring;
import java.util.ArrayList;
import java.util.List;

/// A ring of a test, and what tests do with rings. Where io_uring is refused, the test is skipped.
final class TestRing implements AutoCloseable {
  /// A completion as a value.
  record Completion(long userData, int result, int flags) {}

  private static final long PATIENCE_NANOS = 20_000_000_000L;

  final Ring ring;
  final SubmissionQueue submissions;
  final CompletionQueue completions;

  private TestRing(Ring ring) {
    this.ring = ring;
    this.submissions = ring.submissionQueue();
    this.completions = ring.completionQueue();
  }

  static TestRing open(RingConfig config) {
    return switch (Ring.tryOpen(config)) {
      case RingOpening.Opened(Ring ring) -> new TestRing(ring);
      case RingOpening.Refused(int errno, String reason) ->
          abort("requires io_uring: " + reason + " (" + errno + ")");
    };
  }

  static TestRing open() {
    return open(RingConfig.defaults());
  }

  /// Enters without waiting; everything prepared is taken.
  void submit() {
    int prepared = submissions.flush();
    assertThat(ring.enter(prepared, 0, IoUring.IORING_ENTER_GETEVENTS)).isEqualTo(prepared);
  }

  /// Enters until a number of completions was reaped.
  List<Completion> await(int count) {
    List<Completion> reaped = new ArrayList<>(reap());
    while (reaped.size() < count) {
      int result =
          ring.enter(submissions.flush(), 1, IoUring.IORING_ENTER_GETEVENTS, PATIENCE_NANOS);
      assertThat(result).as("enter, %d of %d reaped", reaped.size(), count).isNotNegative();
      reaped.addAll(reap());
    }
    assertThat(reaped).hasSize(count);
    return reaped;
  }

  /// The result of the only completion there is to come.
  int awaitResult() {
    return await(1).getFirst().result();
  }

  /// Takes what is there.
  List<Completion> reap() {
    List<Completion> reaped = new ArrayList<>();
    while (!completions.isEmpty()) {
      reaped.add(new Completion(completions.userData(), completions.result(), completions.flags()));
      completions.advance();
    }
    return reaped;
  }

  @Override
  public void close() {
    ring.close();
  }
}
