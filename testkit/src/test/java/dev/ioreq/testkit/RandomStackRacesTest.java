package dev.ioreq.testkit;

import dev.ioreq.IoDevice;
import dev.ioreq.IoTarget;
import dev.ioreq.Verifier;
import dev.ioreq.testkit.RandomStack.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;

/// Storms through stacks of drivers: every send ends once, in the way its routine is told, whatever
/// queues it waits in and whatever state they are in. 40,000 sends each, 200,000 in all.
class RandomStackRacesTest {
  /// One stack.
  abstract static class Stack extends CancelRaces {
    private final List<RandomStack> made = new ArrayList<>();

    private final Verifier.Mode before = Verifier.mode();

    abstract List<Layer> layers(Random random);

    /// As in programs: handles are used again. The verifier's strict mode gives a new one each
    /// time.
    boolean isStrict() {
      return false;
    }

    @BeforeEach
    void setMode() {
      Verifier.mode(isStrict() ? Verifier.Mode.STRICT : Verifier.Mode.REPORT);
    }

    @Override
    protected int sends() {
      return Integer.getInteger("ioreq.test.stackRaces", 40_000);
    }

    @Override
    protected int spinsBetweenCancels() {
      return 10_000; // what waits in queues is cancelled more easily
    }

    @Override
    protected IoTarget open(long seed) {
      List<Layer> layers = layers(new Random(seed));
      System.out.printf("%s: %s%n", getClass().getSimpleName(), layers);
      RandomStack stack =
          new RandomStack(layers, IoTarget.over("queueing", new QueueingDevice(seed)), seed);
      made.add(stack);
      return stack.top();
    }

    @Override
    protected String describe(IoTarget target) {
      StringBuilder lines = new StringBuilder();
      for (RandomStack stack : made) {
        for (IoDevice device : stack.devices()) {
          lines.append(lastEvents(Verifier.dump(device))).append(System.lineSeparator());
        }
        lines.append(stack.describe()).append(System.lineSeparator());
      }
      return lines + super.describe(target);
    }

    @AfterEach
    void closeStacks() {
      made.forEach(RandomStack::close);
      Verifier.mode(before);
    }
  }

  @Nested
  class Queues extends Stack {
    @Override
    List<Layer> layers(Random random) {
      return List.of(Layer.SEQUENTIAL, Layer.LIMITED, Layer.MANUAL, Layer.FORGETS);
    }
  }

  @Nested
  class Marks extends Stack {
    @Override
    List<Layer> layers(Random random) {
      return List.of(Layer.MARKS_AND_KEEPS, Layer.TRANSPARENT, Layer.MARKS, Layer.OWN_SCOPE);
    }
  }

  @Nested
  class Forwards extends Stack {
    @Override
    List<Layer> layers(Random random) {
      return List.of(Layer.FORWARDS, Layer.RESERVED, Layer.FORWARDS);
    }
  }

  @Nested
  class Threads extends Stack {
    @Override
    List<Layer> layers(Random random) {
      return List.of(Layer.DEVICE_SCOPE, Layer.MAY_BLOCK, Layer.IN_CALLER_CONTEXT);
    }
  }

  @Nested
  class AtRandom extends Stack {
    @Override
    boolean isStrict() {
      return true;
    }

    @Override
    List<Layer> layers(Random random) {
      return RandomStack.choose(random);
    }
  }
}
