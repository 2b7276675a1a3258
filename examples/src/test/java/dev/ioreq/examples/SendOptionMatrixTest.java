package dev.ioreq.examples;

import static dev.ioreq.examples.SendOptionMatrix.FORGET;
import static dev.ioreq.examples.SendOptionMatrix.HELD;
import static dev.ioreq.examples.SendOptionMatrix.IGNORE_STATE;
import static dev.ioreq.examples.SendOptionMatrix.SENT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.TargetState;
import dev.ioreq.Verifier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class SendOptionMatrixTest extends ExampleTest {
  @Test
  @DisplayName(
      "S-37, R-226, R-221, R-155, R-235, R-237 to R-239, R-241 every combination as the rules say")
  void everyCombination() {
    Verifier.mode(Verifier.Mode.OFF); // many break a rule on purpose
    for (TargetState state : SendOptionMatrix.STATES) {
      for (int flags = 0; flags < 16; flags++) {
        for (int kind = 0; kind < 4; kind++) {
          boolean isReceived = kind >= 2;
          boolean isFormatted = kind % 2 == 1;
          assertThat(SendOptionMatrix.outcome(flags, isReceived, isFormatted, state))
              .as("flags %d, received %s, formatted %s, %s", flags, isReceived, isFormatted, state)
              .isEqualTo(expected(flags, isReceived, isFormatted, state));
        }
      }
    }
  }

  private static String expected(
      int flags, boolean isReceived, boolean isFormatted, TargetState state) {
    if ((flags & FORGET) != 0) {
      return flags == FORGET ? forgotten(isReceived, isFormatted, state) : "INVALID_PARAMETER";
    }
    if (!isFormatted) {
      return "REQUEST_NOT_ACCEPTED";
    }
    boolean isIgnoring = (flags & IGNORE_STATE) != 0;
    return switch (state) {
      case STARTED -> SENT;
      case STOPPED -> isIgnoring ? SENT : HELD;
      case PURGED -> isIgnoring ? SENT : "INVALID_DEVICE_STATE";
      default -> "INVALID_DEVICE_STATE";
    };
  }

  private static String forgotten(boolean isReceived, boolean isFormatted, TargetState state) {
    if (!isReceived || (!isFormatted && state == TargetState.CLOSED)) {
      return "INVALID_DEVICE_STATE";
    }
    return isFormatted ? "INVALID_DEVICE_REQUEST" : SENT;
  }

  @Test
  @DisplayName("S-37 the example")
  void example() throws Exception {
    assertThat(printed(() -> SendOptionMatrix.main(new String[0])).lines()).hasSize(4 * 17);
  }
}
