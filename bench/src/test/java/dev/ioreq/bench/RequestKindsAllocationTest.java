package dev.ioreq.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.ioreq.CompletionParameters;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.ControlCode;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.QueueConfig;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.SendOptions;
import dev.ioreq.Verifier;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// No kind of request allocates from its format to its routine, through none and through four
/// drivers, whether it succeeds, is cancelled or times out: counted over all threads.
@Timeout(value = 300, threadMode = ThreadMode.SEPARATE_THREAD)
class RequestKindsAllocationTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final ControlCode CODE = ControlCode.linuxValue("BENCH", 0x4242);
  private static final double BUDGET_BYTES = 0.1;
  private static final int MOST_ROUNDS = 5; // the compilers work meanwhile
  private static final int SUCCEEDING = 1_000_000;
  private static final int ENDED_EARLY = 100_000;
  private static final int AT_ONCE = 1000;

  /// Some end while others are still being sent.
  private static final SendOptions SOON = SendOptions.timeout(Duration.ofMillis(1));

  /// All are sent before the first ends.
  private static final SendOptions LATER = SendOptions.timeout(Duration.ofMillis(10));

  private final Verifier.Mode before = Verifier.mode();
  private final List<IoDevice> devices = new ArrayList<>();

  /// What is sent.
  enum Kind {
    READ,
    WRITE,
    DEVICE_CONTROL,
    INTERNAL_DEVICE_CONTROL
  }

  @BeforeEach
  void asPrograms() {
    Verifier.mode(Verifier.Mode.REPORT); // in strict mode each packet has a new handle
  }

  @AfterEach
  void asBefore() {
    Verifier.mode(before);
    devices.reversed().forEach(IoDevice::close);
  }

  private static void succeed(IoQueue queue, ReceivedRequest received, long length) {
    received.complete(IoStatus.SUCCESS, length);
  }

  /// A device that answers at once, or keeps what it is sent, below some drivers.
  private IoTarget stack(QueueConfig queue, int layers) {
    IoDevice bottom = IoDevice.function("bottom").queue(queue).alone();
    devices.add(bottom);
    IoTarget top = IoTarget.to(bottom);
    for (int i = 0; i < layers; i++) {
      IoTarget below = top;
      IoDevice filter =
          IoDevice.filter("layer" + i)
              .queue(IoQueue.parallel().onDefault((from, received) -> pass(received, below)))
              .above(below);
      devices.add(filter);
      top = IoTarget.to(filter);
    }
    return top;
  }

  private static void pass(ReceivedRequest received, IoTarget below) {
    received.formatUsingCurrentType();
    received.setCompletionRoutine(
        (sent, at, result) -> ((ReceivedRequest) sent).complete(result.status()));
    if (!received.send(below)) {
      received.complete(received.status());
    }
  }

  private static QueueConfig answering() {
    return IoQueue.parallel()
        .onRead(RequestKindsAllocationTest::succeed)
        .onWrite(RequestKindsAllocationTest::succeed)
        .onDeviceControl((queue, received, out, in, code) -> succeed(queue, received, 8))
        .onInternalDeviceControl((queue, received, out, in, code) -> succeed(queue, received, 8));
  }

  private static void format(Kind kind, IoTarget target, IoRequest request, IoMemory memory) {
    switch (kind) {
      case READ -> target.formatRead(request, memory, 0);
      case WRITE -> target.formatWrite(request, memory, 0);
      case DEVICE_CONTROL -> target.formatDeviceControl(request, CODE, memory, IoMemory.none());
      case INTERNAL_DEVICE_CONTROL ->
          target.formatInternalDeviceControl(request, CODE, memory, IoMemory.none());
    }
  }

  /// Counts those that ended as they should.
  private static final class Counting implements CompletionRoutine {
    private final IoStatus expected;
    private int count;

    Counting(IoStatus expected) {
      this.expected = expected;
    }

    @Override
    public void completed(IoRequest request, IoTarget target, CompletionParameters result) {
      if (result.status().equals(expected)) {
        count++;
      }
    }
  }

  private interface Turn {
    void run() throws InterruptedException;
  }

  /// The least of some rounds, each of which runs the turns once more.
  private static void expectNothing(int turns, int requestsATurn, Turn turn)
      throws InterruptedException {
    double least = Double.MAX_VALUE;
    for (int round = 0; round < MOST_ROUNDS && least >= BUDGET_BYTES; round++) {
      for (int i = 0; i < turns / 5; i++) {
        turn.run();
      }
      long allocated = THREADS.getTotalThreadAllocatedBytes();
      for (int i = 0; i < turns; i++) {
        turn.run();
      }
      allocated = THREADS.getTotalThreadAllocatedBytes() - allocated;
      least = Math.min(least, (double) allocated / turns / requestsATurn);
    }
    assertThat(least).as("bytes allocated for a request").isLessThan(BUDGET_BYTES);
  }

  @ParameterizedTest
  @CsvSource({
    "READ, 0", "WRITE, 0", "DEVICE_CONTROL, 0", "INTERNAL_DEVICE_CONTROL, 0",
    "READ, 4", "WRITE, 4", "DEVICE_CONTROL, 4", "INTERNAL_DEVICE_CONTROL, 4"
  })
  void oneThatSucceedsAllocatesNothing(Kind kind, int layers) throws Exception {
    IoTarget target = stack(answering(), layers);
    try (IoMemory memory = IoMemory.allocate(8);
        IoRequest request = IoRequest.create(target)) {
      Counting counting = new Counting(IoStatus.SUCCESS);
      int[] sent = new int[1];
      expectNothing(
          SUCCEEDING,
          1,
          () -> {
            format(kind, target, request, memory);
            request.setCompletionRoutine(counting);
            request.send(target);
            sent[0]++;
          });
      assertThat(counting.count).isEqualTo(sent[0]);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "READ, 0", "WRITE, 0", "DEVICE_CONTROL, 0", "INTERNAL_DEVICE_CONTROL, 0",
    "READ, 4", "WRITE, 4", "DEVICE_CONTROL, 4", "INTERNAL_DEVICE_CONTROL, 4"
  })
  void oneThatIsCancelledAllocatesNothing(Kind kind, int layers) throws Exception {
    IoTarget target = stack(IoQueue.manual(), layers);
    try (IoMemory memory = IoMemory.allocate(8);
        IoRequest request = IoRequest.create(target)) {
      Counting counting = new Counting(IoStatus.CANCELLED);
      int[] sent = new int[1];
      expectNothing(
          ENDED_EARLY,
          1,
          () -> {
            format(kind, target, request, memory);
            request.setCompletionRoutine(counting);
            request.send(target);
            request.cancelSent();
            sent[0]++;
          });
      assertThat(counting.count).isEqualTo(sent[0]);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "READ, 0", "WRITE, 0", "DEVICE_CONTROL, 0", "INTERNAL_DEVICE_CONTROL, 0",
    "READ, 4", "WRITE, 4", "DEVICE_CONTROL, 4", "INTERNAL_DEVICE_CONTROL, 4"
  })
  void oneThatTimesOutAllocatesNothing(Kind kind, int layers) throws Exception {
    expectNothingOfTimeouts(kind, layers, LATER);
  }

  @ParameterizedTest
  @CsvSource({
    "READ, 0", "WRITE, 0", "DEVICE_CONTROL, 0", "INTERNAL_DEVICE_CONTROL, 0",
    "READ, 4", "WRITE, 4", "DEVICE_CONTROL, 4", "INTERNAL_DEVICE_CONTROL, 4"
  })
  void oneThatTimesOutWhileOthersAreSentAllocatesNothing(Kind kind, int layers) throws Exception {
    expectNothingOfTimeouts(kind, layers, SOON);
  }

  private void expectNothingOfTimeouts(Kind kind, int layers, SendOptions timeout)
      throws Exception {
    IoTarget target = stack(IoQueue.manual(), layers);
    List<IoRequest> requests = new ArrayList<>();
    AtomicInteger timedOut = new AtomicInteger(); // a semaphore's waiter would be allocated
    Thread waiter = Thread.currentThread();
    CompletionRoutine routine =
        (sent, at, result) -> {
          if (result.status().equals(IoStatus.IO_TIMEOUT)
              && timedOut.incrementAndGet() == AT_ONCE) {
            LockSupport.unpark(waiter);
          }
        };
    try (IoMemory memory = IoMemory.allocate(8)) {
      for (int i = 0; i < AT_ONCE; i++) {
        requests.add(IoRequest.create(target));
      }
      expectNothing(
          ENDED_EARLY / AT_ONCE,
          AT_ONCE,
          () -> {
            timedOut.set(0);
            for (int i = 0; i < AT_ONCE; i++) {
              IoRequest request = requests.get(i);
              format(kind, target, request, memory);
              request.setCompletionRoutine(routine);
              request.send(target, timeout);
            }
            while (timedOut.get() < AT_ONCE) {
              LockSupport.park(timedOut);
            }
          });
    } finally {
      requests.forEach(IoRequest::close);
    }
  }
}
