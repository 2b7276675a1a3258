package dev.ioreq.bench.goals;

import dev.ioreq.bench.measure.Contender;
import dev.ioreq.bench.measure.SliceRace.Cost;
import dev.ioreq.bench.measure.Unmeasurable;
import dev.ioreq.bench.reference.Reference;
import dev.ioreq.bench.run.Goal;
import dev.ioreq.bench.run.Row;
import dev.ioreq.bench.run.Settings;
import dev.ioreq.linux.abi.IoUring;
import dev.ioreq.linux.ring.CompletionQueue;
import dev.ioreq.linux.ring.Ring;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.linux.ring.RingOpening;
import dev.ioreq.linux.ring.SubmissionQueue;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// G1: entries that do nothing, through the bare ring and through one in C.
final class RingNops implements Measurement {
  private static final int[] BATCHES = {1, 8, 32, 128};

  @Override
  public List<Row> measure(Settings settings) throws Exception {
    Reference reference = Reference.compile();
    MemorySegment inC = reference.ring(256);
    List<Row> rows = new ArrayList<>();
    try (Ring ring = open()) {
      for (int batch : BATCHES) {
        List<Cost> costs =
            settings
                .slices()
                .run(
                    List.of(
                        new Contender("ours", batch, n -> nops(ring, batch, n / batch)),
                        new Contender("C", batch, n -> reference.nops(inC, batch, n / batch))));
        double least = batch == 1 ? 0.85 : batch == 8 ? 0.92 : 0.95;
        rows.add(
            Row.speed(Goal.G1, "bare ring, batch of " + batch, costs.get(0), costs.get(1), least));
      }
    }
    return rows;
  }

  private static Ring open() throws Unmeasurable {
    return switch (Ring.tryOpen(RingConfig.defaults())) {
      case RingOpening.Opened opened -> opened.ring();
      case RingOpening.Refused refused -> throw new Unmeasurable(refused.reason());
    };
  }

  private static void nops(Ring ring, int batch, long batches) {
    SubmissionQueue submissions = ring.submissionQueue();
    CompletionQueue completions = ring.completionQueue();
    long good = 0;
    for (long i = 0; i < batches; i++) {
      for (int j = 0; j < batch; j++) {
        if (!submissions.prepareNop(j)) {
          throw new IllegalStateException("a batch is smaller than the queue");
        }
      }
      int taken = ring.enter(submissions.flush(), batch, IoUring.IORING_ENTER_GETEVENTS);
      if (taken != batch) {
        throw new IllegalStateException("io_uring_enter gives " + taken);
      }
      while (!completions.isEmpty()) {
        good += completions.result() == 0 ? 1 : 0;
        completions.advance();
      }
    }
    if (good != batch * batches) {
      throw new IllegalStateException("%d of %d".formatted(good, batch * batches));
    }
  }
}
