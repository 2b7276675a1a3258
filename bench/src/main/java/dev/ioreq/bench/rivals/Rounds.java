package dev.ioreq.bench.rivals;

import dev.ioreq.bench.measure.Statistics;
import dev.ioreq.bench.measure.Statistics.Spread;
import dev.ioreq.bench.measure.Unmeasurable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

/// Processes that take turns: each is started and warmed up once, then all are measured round by
/// round, in reversed order every other round.
public final class Rounds {
  private final int rounds;
  private final long warmUpMillis;
  private final long millis;

  /// Rounds.
  ///
  /// @param rounds how many
  /// @param warmUpMillis for each before the first
  /// @param millis of each measurement
  public Rounds(int rounds, long warmUpMillis, long millis) {
    this.rounds = rounds;
    this.warmUpMillis = warmUpMillis;
    this.millis = millis;
  }

  /// What became of one of them.
  public static final class Outcome {
    private final List<Sample> samples = new ArrayList<>();
    private String trouble = "";

    /// Why there is nothing; empty if there is something.
    ///
    /// @return one line
    public String trouble() {
      return trouble;
    }

    /// A figure over all rounds.
    ///
    /// @param figure of a sample
    /// @return median, least, greatest
    public Spread spread(ToDoubleFunction<Sample> figure) {
      return Statistics.spread(samples.stream().mapToDouble(figure).toArray());
    }
  }

  /// Runs them.
  ///
  /// @param racers by name
  /// @return outcomes by the same names
  public Map<String, Outcome> run(Map<String, Racer> racers) {
    Map<String, Outcome> outcomes = new LinkedHashMap<>();
    racers.forEach((name, racer) -> outcomes.put(name, begun(racer)));
    List<String> order = new ArrayList<>(racers.keySet());
    for (int round = 0; round < rounds; round++) {
      for (String name : round % 2 == 0 ? order : order.reversed()) {
        Outcome outcome = Objects.requireNonNull(outcomes.get(name));
        if (outcome.trouble.isEmpty()) {
          measure(Objects.requireNonNull(racers.get(name)), outcome);
        }
      }
    }
    racers.values().forEach(Racer::close);
    return outcomes;
  }

  private Outcome begun(Racer racer) {
    Outcome outcome = new Outcome();
    try {
      racer.begin(warmUpMillis);
    } catch (Unmeasurable e) {
      outcome.trouble = e.reason();
    }
    return outcome;
  }

  private void measure(Racer racer, Outcome outcome) {
    try {
      outcome.samples.add(racer.measure(millis));
    } catch (Unmeasurable e) {
      outcome.trouble = e.reason();
    }
  }
}
