package dev.ioreq.linux.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.linux.abi.ChildJvm;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.SeccompFilter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Each in a process of its own, which the kernel really refuses a ring by a seccomp filter.
@Timeout(60)
class RingRefusalTest {
  private static final int IO_URING_SETUP = 425;

  @ParameterizedTest
  @CsvSource({
    "1, EPERM, forbidden here",
    "38, ENOSYS, the kernel has no io_uring",
    "12, ENOMEM, raise the limit of locked memory",
    "24, EMFILE, ulimit -n",
    "13, EACCES, security module",
    "22, EINVAL, none of the flags",
    "95, EOPNOTSUPP, no ring can be had",
  })
  void aRefusalIsToldWithErrnoCauseAndWayOut(int errno, String name, String cause) {
    ChildJvm.Outcome outcome =
        ChildJvm.run(RefusedByFilter.class, String.valueOf(IO_URING_SETUP), "" + errno);
    assertThat(outcome.exitCode()).as(outcome.output()).isZero();
    assertThat(outcome.output())
        .startsWith(errno + ": io_uring_setup gives " + name + " (" + errno + ")")
        .contains(cause);
  }

  @Test
  void withoutNativeAccessTheReasonNamesTheFlag() {
    ChildJvm.Outcome outcome =
        ChildJvm.run(List.of("--illegal-native-access=deny"), OpenAndTell.class);
    assertThat(outcome.exitCode()).as(outcome.output()).isZero();
    assertThat(outcome.output())
        .startsWith(Errno.ENOSYS + ": no io_uring: native access is off")
        .contains("--enable-native-access=ALL-UNNAMED");
  }

  /// Forbids itself a system call, then tries to open a ring.
  static final class RefusedByFilter {
    private RefusedByFilter() {}

    public static void main(String[] arguments) {
      SeccompFilter.refuse(Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1]));
      OpenAndTell.main(arguments);
    }
  }

  /// Tells how an attempt to open a ring ended.
  static final class OpenAndTell {
    private OpenAndTell() {}

    public static void main(String[] arguments) {
      switch (Ring.tryOpen(RingConfig.defaults())) {
        case RingOpening.Opened(Ring ring) -> {
          ring.close();
          System.out.println("opened");
        }
        case RingOpening.Refused(int errno, String reason) ->
            System.out.println(errno + ": " + reason);
      }
    }
  }
}
