package dev.ioreq.linux.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.ioreq.linux.abi.ChildJvm;
import dev.ioreq.linux.abi.DescriptorCalls;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.abi.IoUring;
import dev.ioreq.linux.abi.IoctlNumber;
import dev.ioreq.linux.abi.TransferCalls;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What requests allocate, in a process of its own: it is warmed up by nothing else, and has the
/// management interface.
@Timeout(120)
class HotPathAllocationTest {
  private static final int OPERATIONS = 1_000_000;

  /// The compiler works beside the program; code it has not come to allocates what compiled code
  /// does not.
  private static final int ROUNDS = 3;

  /// What is measured.
  enum Subject {
    NOP_BATCHES_OF_1,
    NOP_BATCHES_OF_32,
    NOWAIT_READ,
    FAILING_READ,
    IOCTL
  }

  @ParameterizedTest
  @EnumSource
  void allocatesNothingPerOperation(Subject subject) {
    ChildJvm.Outcome outcome = ChildJvm.run(Measurement.class, subject.name());
    assumeFalse(outcome.output().startsWith("requires"), outcome.output());
    assertThat(outcome.exitCode()).as(outcome.output()).isZero();
    assertThat(Double.parseDouble(outcome.output().strip()))
        .as("bytes allocated per operation")
        .isLessThan(0.1);
  }

  /// Prints how many bytes an operation allocated on average.
  static final class Measurement {
    private Measurement() {}

    public static void main(String[] arguments) throws Throwable {
      Subject subject = Subject.valueOf(arguments[0]);
      MethodHandle allocatedBytes = allocatedBytes();
      run(subject);
      long least = Long.MAX_VALUE;
      for (int round = 0; round < ROUNDS; round++) {
        long before = (long) allocatedBytes.invokeExact();
        run(subject);
        long after = (long) allocatedBytes.invokeExact();
        least = Math.min(least, after - before);
      }
      System.out.println((double) least / OPERATIONS);
    }

    private static void run(Subject subject) {
      switch (subject) {
        case NOP_BATCHES_OF_1 -> nops(1);
        case NOP_BATCHES_OF_32 -> nops(32);
        case NOWAIT_READ -> reads("/proc/self/exe");
        case FAILING_READ -> failingReads();
        case IOCTL -> ioctls();
      }
    }

    private static void nops(int batch) {
      switch (Ring.tryOpen(RingConfig.defaults())) {
        case RingOpening.Opened(Ring ring) -> {
          nops(ring, batch);
          ring.close();
        }
        case RingOpening.Refused(int errno, String reason) -> {
          System.out.println("requires io_uring: " + reason);
          System.exit(errno);
        }
      }
    }

    private static void nops(Ring ring, int batch) {
      SubmissionQueue submissions = ring.submissionQueue();
      CompletionQueue completions = ring.completionQueue();
      int done = 0;
      while (done < OPERATIONS) {
        for (int i = 0; i < batch; i++) {
          submissions.prepareNop(done + i);
        }
        ring.enter(submissions.flush(), batch, IoUring.IORING_ENTER_GETEVENTS);
        while (!completions.isEmpty()) {
          completions.advance();
          done++;
        }
      }
    }

    private static void reads(String path) {
      int fd = FileCalls.open(path, FileCalls.O_RDONLY, 0);
      try (Arena arena = Arena.ofConfined()) {
        long memory = arena.allocate(64).address();
        long bytes = 0;
        for (int i = 0; i < OPERATIONS; i++) {
          bytes += TransferCalls.preadv2(fd, memory, 64, 0, TransferCalls.RWF_NOWAIT);
        }
        check(bytes == 64L * OPERATIONS);
      } finally {
        FileCalls.close(fd);
      }
    }

    private static void failingReads() {
      long errors = 0;
      for (int i = 0; i < OPERATIONS; i++) {
        errors += TransferCalls.preadv2(-1, 0, 0, 0, 0);
      }
      check(errors == -(long) Errno.EBADF * OPERATIONS);
    }

    private static void ioctls() {
      long pipe = DescriptorCalls.pipe2(FileCalls.O_CLOEXEC);
      try (Arena arena = Arena.ofConfined()) {
        long answer = arena.allocate(8, 8).address();
        long failed = 0;
        for (int i = 0; i < OPERATIONS; i++) {
          failed +=
              DescriptorCalls.ioctl(DescriptorCalls.readEnd(pipe), IoctlNumber.FIONREAD, answer);
        }
        check(failed == 0);
      } finally {
        FileCalls.close(DescriptorCalls.readEnd(pipe));
        FileCalls.close(DescriptorCalls.writeEnd(pipe));
      }
    }

    private static void check(boolean asExpected) {
      if (!asExpected) {
        throw new IllegalStateException("the operations did not end as expected");
      }
    }

    /// `com.sun.management.ThreadMXBean.getCurrentThreadAllocatedBytes`, found by name: this
    /// module, as whose part this class is compiled, has no need of the management modules.
    private static MethodHandle allocatedBytes() throws ReflectiveOperationException {
      Object threads =
          Class.forName("java.lang.management.ManagementFactory")
              .getMethod("getThreadMXBean")
              .invoke(null);
      return MethodHandles.publicLookup()
          .findVirtual(
              Class.forName("com.sun.management.ThreadMXBean"),
              "getCurrentThreadAllocatedBytes",
              MethodType.methodType(long.class))
          .bindTo(threads);
    }
  }
}
