package dev.ioreq.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SliceRaceTest {
  /// Contenders that only note their turns.
  private static List<String> turnsOf(int rounds) throws Exception {
    List<String> turns = new ArrayList<>();
    List<Contender> contenders = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      contenders.add(new Contender(name, requests -> turns.add(name)));
    }
    List<SliceRace.Cost> costs = new SliceRace(rounds, 0, 0).run(contenders);
    assertThat(costs).extracting(SliceRace.Cost::name).containsExactly("a", "b", "c");
    return turns.subList(turns.size() - 3 * rounds, turns.size());
  }

  @Test
  void theOrderIsReversedEveryRound() throws Exception {
    assertThat(turnsOf(4))
        .containsExactly("a", "b", "c", "c", "b", "a", "a", "b", "c", "c", "b", "a");
  }

  @Test
  void neverFewerThanTheLeastAreAskedFor() throws Exception {
    List<Long> asked = new ArrayList<>();
    List<SliceRace.Cost> costs =
        new SliceRace(3, 1, 1).run(List.of(new Contender("batch", 32, asked::add)));
    assertThat(costs).hasSize(1);
    assertThat(asked).isNotEmpty().allMatch(requests -> requests >= 32);
  }

  @Test
  void aCostIsThatOfOneRequest() throws Exception {
    long[] asked = new long[1];
    List<SliceRace.Cost> costs =
        new SliceRace(3, 1_000_000, 0)
            .run(List.of(new Contender("spins", requests -> asked[0] = spin(requests))));
    assertThat(asked[0]).isGreaterThan(1);
    assertThat(costs.getFirst().nanos()).isPositive().isLessThan(1_000_000);
    assertThat(costs.getFirst().cpuNanos()).isPositive();
  }

  private static long spin(long requests) {
    long until = System.nanoTime() + 1000 * requests;
    while (System.nanoTime() < until) {
      Thread.onSpinWait();
    }
    return requests;
  }
}
