package dev.ioreq.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoTarget;
import dev.ioreq.TargetName;
import dev.ioreq.linux.abi.ChildJvm;
import dev.ioreq.linux.abi.SeccompFilter;
import dev.ioreq.linux.engine.RingTargets;
import dev.ioreq.linux.engine.TestPaths;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class RingProviderTest {
  private static final int IO_URING_SETUP = 425;

  @ParameterizedTest
  @ValueSource(strings = {"file:/x", "block:/dev/x", "char:/dev/x", "pipe:/x"})
  void namesOfPathsAreServed(String name) {
    assertThat(new RingProvider().serves(TargetName.parse(name))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory:1M", "null:1M", "nbd://host/export"})
  void otherNamesAreNot(String name) {
    assertThat(new RingProvider().serves(TargetName.parse(name))).isFalse();
  }

  @Test
  void theEngineIsFoundAndWorks() throws IoRequestException {
    RingTargets.needsRing();
    assertThat(new RingProvider().unavailable()).isEmpty();
    assertThat(IoTarget.engines()).contains("ring");
    try (IoTarget target = IoTarget.open("file:/dev/zero", Access.READ)) {
      assertThat(target.info().engine()).isEqualTo("ring");
      assertThat(target.info().kind()).isEqualTo("char");
    }
  }

  /// In a process of its own, which the kernel really refuses a ring.
  @ParameterizedTest
  @CsvSource({"1, EPERM", "38, ENOSYS"})
  void whereRingsAreForbiddenEverythingNamesTheReason(int errno, String name) {
    ChildJvm.Outcome outcome =
        ChildJvm.run(TestPaths.childOptions(), Forbidden.class, String.valueOf(errno));
    assertThat(outcome.exitCode()).as(outcome.output()).isZero();
    assertThat(outcome.output().lines().toList())
        .as(outcome.output())
        .anyMatch(
            line -> line.startsWith("provider: ") && line.contains("io_uring_setup gives " + name))
        .anyMatch(line ->
            line.startsWith("engines: ")
                && line.contains("ring (unavailable: io_uring_setup gives " + name))
        .anyMatch(line ->
            line.startsWith("open: NO_SUCH_DEVICE ")
                && line.contains("engine ring: io_uring_setup gives " + name));
  }

  /// Forbids itself rings, and prints what it is told then.
  static final class Forbidden {
    private Forbidden() {}

    public static void main(String[] arguments) {
      SeccompFilter.refuse(IO_URING_SETUP, Integer.parseInt(arguments[0]));
      System.out.println("provider: " + new RingProvider().unavailable().orElse("works"));
      System.out.println("engines: " + IoTarget.engines());
      try (IoTarget target = IoTarget.open("file:/dev/zero", Access.READ)) {
        System.out.println("open: " + target);
      } catch (IoRequestException e) {
        System.out.println("open: " + e.status().name() + " " + e.getMessage());
      }
    }
  }
}
