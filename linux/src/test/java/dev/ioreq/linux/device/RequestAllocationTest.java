package dev.ioreq.linux.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.linux.abi.ChildJvm;
import dev.ioreq.linux.engine.RingTargets;
import dev.ioreq.linux.engine.TestPaths;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a request allocates from formatting to completion, on the sender's thread, the engine's and
/// the timer's together, in a process that does nothing else.
@Timeout(value = 300, threadMode = ThreadMode.SEPARATE_THREAD)
class RequestAllocationTest {
  @ParameterizedTest
  @EnumSource
  void aReusedRequestAllocatesNothing(RequestAllocation.Way way) {
    RingTargets.needsRing();
    List<String> options = new ArrayList<>(TestPaths.childOptions());
    options.add("--add-modules=jdk.management");
    ChildJvm.Outcome outcome = ChildJvm.run(options, RequestAllocation.class, way.name());
    assertThat(outcome.exitCode()).as(outcome.output()).isZero();
    assertThat(Double.parseDouble(outcome.output().strip()))
        .as("bytes allocated per request")
        .isLessThan(RequestAllocation.BUDGET);
  }
}
