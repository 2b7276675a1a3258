package dev.ioreq.linux.abi;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.invoke.MethodHandle;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class NativeTest {
  @Test
  void aFunctionLibcLacksFailsWithEnosys() throws Throwable {
    MethodHandle missing = Native.handle("ioreq_no_such");
    Scratch scratch = Scratch.create();
    assertThat(
            scratch.result(
                (long) missing.invokeExact(scratch.segment(), 1L, 2L, 0L, 0L, 0L, 0L, 0L)))
        .isEqualTo(-Errno.ENOSYS);
  }

  @Test
  void nativeAccessIsThereInThisProcess() {
    assertThat(NativeAccess.problem()).isEmpty();
  }

  @Test
  @Timeout(60)
  void withoutNativeAccessTheProblemNamesTheFlag() {
    ChildJvm.Outcome outcome =
        ChildJvm.run(List.of("--illegal-native-access=deny"), PrintProblem.class);
    assertThat(outcome.exitCode()).as(outcome.output()).isZero();
    assertThat(outcome.output())
        .contains("native access is off")
        .contains("--enable-native-access=ALL-UNNAMED");
  }

  /// Prints what is wrong with native access.
  static final class PrintProblem {
    private PrintProblem() {}

    public static void main(String[] arguments) {
      System.out.println(NativeAccess.problem().orElse("nothing"));
    }
  }
}
