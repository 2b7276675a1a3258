package dev.ioreq.bench.goals;

import dev.ioreq.bench.run.Goal;
import dev.ioreq.bench.run.Row;
import dev.ioreq.bench.run.Settings;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

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
    List<Row> all =
        Stream.concat(
                goals.stream()
                    .filter(goal -> !READS.contains(goal))
                    .flatMap(goal -> measure(settings, goal, of(goal)).stream()),
                reads.isEmpty()
                    ? Stream.empty()
                    : measure(
                        settings, reads.iterator().next(), same -> ReadGoals.measure(same, reads))
                        .stream())
            .toList();
    return goals.stream().flatMap(goal -> all.stream().filter(row -> row.goal() == goal)).toList();
  }

  private static List<Row> measure(Settings settings, Goal goal, Measurement measurement) {
    System.err.println("measuring from " + goal);
    try {
      return measurement.measure(settings);
    } catch (Exception e) { // a line says so, and the other goals are measured all the same
      String message = e.getMessage();
      return List.of(Row.unmeasured(goal, "all", message == null ? e.toString() : message));
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
