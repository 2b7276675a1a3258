package dev.ioreq.bench.goals;

import dev.ioreq.bench.measure.Unmeasurable;
import dev.ioreq.bench.run.Goal;
import dev.ioreq.bench.run.Row;
import dev.ioreq.bench.run.Settings;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// All goals.
public final class Measurements {
  private static final Set<Goal> READS = EnumSet.of(Goal.G3, Goal.G4, Goal.G5, Goal.G8, Goal.G14);

  private Measurements() {}

  /// Measures goals.
  ///
  /// @param goals which
  /// @return at least one line for each, in the order of the goals
  public static List<Row> measure(Settings settings, Set<Goal> goals) {
    Set<Goal> reads = EnumSet.copyOf(READS);
    reads.retainAll(goals);
    List<Row> all = new ArrayList<>();
    for (Goal goal : goals) {
      if (!READS.contains(goal)) {
        all.addAll(measure(settings, EnumSet.of(goal), of(goal)));
      }
    }
    if (!reads.isEmpty()) {
      all.addAll(measure(settings, reads, same -> ReadGoals.measure(same, reads)));
    }
    return goals.stream().flatMap(goal -> all.stream().filter(row -> row.goal() == goal)).toList();
  }

  /// Measures goals that are measured together.
  ///
  /// @return at least one line for each
  static List<Row> measure(Settings settings, Set<Goal> goals, Measurement measurement) {
    System.err.println("measuring " + goals);
    try {
      return measurement.measure(settings);
    } catch (Exception e) { // lines say so, and the other goals are measured all the same
      String reason = Unmeasurable.reasonOf(e);
      return goals.stream().map(goal -> Row.unmeasured(goal, reason)).toList();
    }
  }

  private static Measurement of(Goal goal) {
    return switch (goal) {
      case G1 -> new RingNops();
      case G2 -> new CachedReads();
      case G6 -> SynchronousReads::cached;
      case G7 -> SynchronousReads::direct;
      case G9 -> Requests::stacks;
      case G10 -> Requests::timeouts;
      case G11 -> Requests::ioctls;
      case G12 -> new HandOvers();
      case G13 -> new Copies();
      case G3, G4, G5, G8, G14 -> throw new IllegalArgumentException(goal + " is one of the reads");
    };
  }
}
