package dev.ioreq.cli.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ioreq.DeviceInfo;
import dev.ioreq.DeviceStack;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMisuseException;
import dev.ioreq.IoQueue;
import dev.ioreq.IoStatus;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.Verifier;
import dev.ioreq.cli.copy.CopyReport.DestinationReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Copies between the devices of the core, where every request completes inside its send.
class CopyRunTest {
  private static class Recorded implements Progress {
    final List<String> passes = new ArrayList<>();
    final List<String> messages = new ArrayList<>();
    long last;

    @Override
    public void begin(String what, long totalBytes) {
      passes.add(what + " " + totalBytes);
    }

    @Override
    public void update(long bytes) {
      last = bytes;
    }

    @Override
    public void message(String line) {
      messages.add(line);
    }

    @Override
    public void end() {}
  }

  private final Recorded progress = new Recorded();

  private static CopyOptions options(
      long blockSize, int depth, boolean verify, boolean hash, boolean sparse) {
    OptionalLong all = OptionalLong.empty();
    return options(blockSize, depth, all, verify, hash, sparse, 0, false);
  }

  private static CopyOptions options(
      long blockSize,
      int depth,
      OptionalLong size,
      boolean verify,
      boolean hash,
      boolean sparse,
      int retries,
      boolean force) {
    return new CopyOptions(
        blockSize,
        depth,
        size,
        false,
        false,
        verify,
        hash,
        sparse,
        OptionalLong.empty(),
        Duration.ZERO,
        retries,
        false,
        force,
        "");
  }

  private CopyReport copy(CopyOptions options, String source, String... destinations)
      throws Exception {
    try (CopyPlan plan = CopyPlan.prepare(source, List.of(destinations), options)) {
      return new CopyRun(plan).run(progress);
    }
  }

  @Test
  void aSmallSourceGetsAsMuchMemoryAsItNeeds() throws Exception {
    assertThat(bufferBytes(1 << 20, false, 5000)).isEqualTo(8192);
    assertThat(bufferBytes(1 << 20, false, 0)).isEqualTo(4096);
    assertThat(bufferBytes(512, false, 100)).isEqualTo(512);
    assertThat(bufferBytes(1 << 20, false, (1 << 20) + 1)).isEqualTo(1 << 20);
  }

  @Test
  void whatIsVerifiedMayBeReadInLargerUnits() throws Exception {
    assertThat(bufferBytes(1 << 20, true, 5000)).isEqualTo(1 << 20);
  }

  private static long bufferBytes(long blockSize, boolean verify, long length) throws Exception {
    CopyOptions options = options(blockSize, 2, verify, false, false);
    try (CopyPlan plan =
        CopyPlan.prepare("pattern:" + length, List.of("null:" + Math.max(1, length)), options)) {
      return plan.bufferBytes();
    }
  }

  @Test
  void copiesVerifiesAndHashesAtOnce() throws Exception {
    CopyReport report =
        copy(options(4096, 8, true, true, false), "pattern:1000001", "memory:1000001", "null:2M");

    assertThat(report.hash()).isPresent();
    assertThat(report.destinations().get(0).verification()).isEqualTo(Verification.EQUAL);
    assertThat(report.destinations().get(1).verification()).isEqualTo(Verification.DIFFERENT);
    assertThat(report.exitCode()).isEqualTo(CopyReport.FAILED);
    assertThat(progress.passes).containsExactly("copy 1000001", "verify 2000002");
    assertThat(progress.last).isEqualTo(2_000_002);
  }

  @Test
  void hashIsTheSameForEveryDepthAndBlockSize() throws Exception {
    String expected =
        copy(options(1 << 20, 1, false, true, false), "pattern:1000001", "null:1000001")
            .hash()
            .orElseThrow();
    for (int depth : new int[] {2, 3, 16}) {
      for (int block : new int[] {1000, 4096, 65536}) {
        CopyReport report =
            copy(options(block, depth, false, true, false), "pattern:1000001", "null:1000001");
        assertThat(report.hash()).contains(expected);
      }
    }
  }

  @Test
  void zeroesAreMadeByDeviceControl() throws Exception {
    CopyReport report = copy(options(4096, 4, true, false, true), "null:1MiB", "memory:1MiB");

    assertThat(report.exitCode()).isEqualTo(CopyReport.DONE);
    assertThat(report.destinations().getFirst().bytesWritten()).isZero();
    assertThat(report.destinations().getFirst().wholeUntil()).isEqualTo(1 << 20);
  }

  @Test
  void destinationThatDiffersFailsAtItsPlace() throws Exception {
    // a pattern as destination compares what it is given, and fails at the first difference
    CopyReport report =
        copy(options(4096, 4, false, false, false), "pattern:1MiB", "pattern:1MiB,7", "null:1MiB");

    CopyReport.DestinationReport failed = report.destinations().get(0);
    assertThat(failed.state()).isEqualTo(CopyReport.State.FAILED);
    assertThat(failed.statusName()).isEqualTo("EIO");
    assertThat(failed.wholeUntil()).isLessThan(8);
    assertThat(report.destinations().get(1).isGood()).isTrue();
  }

  @Test
  void interruptBeforeTheBeginningCopiesNothing() throws Exception {
    try (CopyPlan plan =
        CopyPlan.prepare(
            "pattern:1MiB", List.of("memory:1MiB"), options(4096, 4, true, true, false))) {
      CopyRun run = new CopyRun(plan);
      run.interrupt();
      CopyReport report = run.run(progress);

      assertThat(report.exitCode()).isEqualTo(CopyReport.INTERRUPTED);
      assertThat(report.destinations().getFirst().wholeUntil()).isZero();
      assertThat(report.hash()).isEmpty();
      assertThat(report.bytesRead()).isZero();
    }
  }

  @Test
  void fewerBlocksNeedFewerSlots() throws Exception {
    try (CopyPlan plan =
        CopyPlan.prepare(
            "pattern:10000", List.of("null:1M"), options(4096, 64, false, false, false))) {
      assertThat(plan.depth()).isEqualTo(3);
    }
  }

  @Test
  void refusalsNameTheWayOut() {
    CopyOptions options = options(4096, 4, false, false, false);
    assertThatThrownBy(() -> copy(options, "null:", "memory:1M"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("--size");
    assertThatThrownBy(() -> copy(options, "pattern:2M", "memory:1M"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("memory:1M holds 1048576 bytes");
    assertThatThrownBy(() -> copy(options, "pattern:1M", "memory:1M", "nonsense:1"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("nonsense");
  }

  @Test
  void fileWithContentIsRefusedBeforeAnythingIsOpened(@TempDir Path folder) throws Exception {
    Path old = Files.writeString(folder.resolve("old"), "content");
    Path fresh = folder.resolve("fresh");

    assertThatThrownBy(() ->
            copy(
                options(4096, 4, false, false, false),
                "pattern:1M",
                fresh.toString(),
                old.toString()))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("--force");

    assertThat(fresh).doesNotExist();
    assertThat(old).hasContent("content");
  }

  @Test
  void withoutMemoryForTheBlocksNothingIsTouched(@TempDir Path folder) throws Exception {
    Path old = Files.writeString(folder.resolve("old"), "content");
    Path fresh = folder.resolve("fresh");
    int blocks = CopyOptions.GREATEST_DEPTH; // of 1 GiB
    OptionalLong all = OptionalLong.empty();
    CopyOptions forced =
        options(CopyOptions.LARGEST_BLOCK, blocks, all, false, false, false, 0, true);

    assertThatThrownBy(() -> copy(forced, "pattern:4TiB", old.toString(), fresh.toString()))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("memory")
        .hasMessageContaining("--depth");

    assertThat(old).hasContent("content");
    assertThat(fresh).doesNotExist();
  }

  @Test
  void nameThatIsNotTheOneGivenIsRefused(@TempDir Path folder) {
    String other = folder + "/a\uFFFDb";
    CopyOptions options = options(4096, 4, false, false, false);

    assertThatThrownBy(() -> copy(options, other, "memory:1M"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("LC_ALL=C.UTF-8");
    assertThatThrownBy(() -> copy(options, "pattern:1M", other))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("no text in this locale");
    assertThat(folder).isEmptyDirectory();
  }

  // ------------------------------------------------------------------ streams

  private static DeviceInfo info(String name, long sizeBytes) {
    return new DeviceInfo(name, "core", sizeBytes, 1, 1, 1, false, false, List.of());
  }

  /// A stream that gives 1000 bytes, and then does something else.
  private static DeviceStack stream(String name, Consumer<ReceivedRequest> then) {
    AtomicBoolean hasGiven = new AtomicBoolean();
    return DeviceStack.of(
            IoDevice.function(name)
                .info(info(name, DeviceInfo.UNKNOWN))
                .queue(
                    IoQueue.parallel()
                        .onRead((queue, request, length) -> {
                          if (hasGiven.compareAndSet(false, true)) {
                            request.complete(IoStatus.SUCCESS, 1000);
                          } else {
                            then.accept(request);
                          }
                        })))
        .register(name);
  }

  private static void holdUntilCancelled(ReceivedRequest request) {
    request.markCancelable(cancelled -> cancelled.complete(IoStatus.CANCELLED, 0));
  }

  private static CopyOptions ofStream() {
    return options(4096, 4, OptionalLong.of(8192), false, false, false, 0, false);
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void interruptWritesWhatAStreamHasGiven(@TempDir Path folder) throws Exception {
    AtomicReference<CopyRun> run = new AtomicReference<>();
    Path file = folder.resolve("file");
    try (DeviceStack source =
            stream(
                "stream",
                request -> {
                  holdUntilCancelled(request);
                  run.get().interrupt();
                });
        CopyPlan plan =
            CopyPlan.prepare(
                "device:stream", List.of("memory:8192", file.toString()), ofStream())) {
      run.set(new CopyRun(plan));
      CopyReport report = run.get().run(progress);

      assertThat(report.exitCode()).as("%s", source).isEqualTo(CopyReport.INTERRUPTED);
      assertThat(report.bytesRead()).isEqualTo(1000);
      assertThat(report.destinations())
          .allMatch(destination -> destination.wholeUntil() == 1000)
          .allMatch(destination -> destination.bytesWritten() == 1000)
          .allMatch(destination -> destination.state() == CopyReport.State.INTERRUPTED);
      assertThat(file).hasSize(1000);
    }
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void secondInterruptEndsTheWriting() throws Exception {
    AtomicReference<CopyRun> run = new AtomicReference<>();
    DeviceStack slow =
        DeviceStack.of(
                IoDevice.function("slow")
                    .info(info("slow", 8192))
                    .queue(
                        IoQueue.parallel()
                            .onWrite((queue, request, length) -> {
                              holdUntilCancelled(request);
                              run.get().interrupt();
                            })))
            .register("slow");
    try (slow;
        DeviceStack source =
            stream(
                "stream",
                request -> {
                  holdUntilCancelled(request);
                  run.get().interrupt();
                });
        CopyPlan plan = CopyPlan.prepare("device:stream", List.of("device:slow"), ofStream())) {
      run.set(new CopyRun(plan));
      CopyReport report = run.get().run(progress);

      assertThat(report.exitCode()).as("%s", source).isEqualTo(CopyReport.INTERRUPTED);
      assertThat(report.destinations().getFirst().wholeUntil()).isZero();
      assertThat(report.destinations().getFirst().state()).isEqualTo(CopyReport.State.INTERRUPTED);
    }
  }

  @Test
  void failedReadOfAStreamLosesNothingOfWhatItGave() throws Exception {
    try (DeviceStack source = stream("stream", request -> request.complete(IoStatus.ofErrno(5)))) {
      CopyReport report = copy(ofStream(), "device:stream", "memory:8192");

      assertThat(report.sourceFailureOffset()).as("%s", source).isEqualTo(1000);
      assertThat(report.exitCode()).isEqualTo(CopyReport.FAILED);
      DestinationReport destination = report.destinations().getFirst();
      assertThat(destination.wholeUntil()).isEqualTo(1000);
      assertThat(destination.bytesWritten()).isEqualTo(1000);
      assertThat(destination.state()).isEqualTo(CopyReport.State.SOURCE_FAILED);
    }
  }

  // ------------------------------------------------------------------ faults

  /// A driver of which one write fails and says that it wrote more than it was given: what a copy
  /// would go on with after that, nobody can format. It completes on threads of its own.
  ///
  /// @param liesAt the offset of that write, or -1 for none
  /// @param written gets the offset of each write that succeeds
  private static DeviceStack driver(String name, long sizeBytes, long liesAt, Set<Long> written) {
    return DeviceStack.of(
            IoDevice.function(name)
                .info(new DeviceInfo(name, "core", sizeBytes, 1, 1, 1, false, false, List.of()))
                .queue(
                    IoQueue.parallel()
                        .onWrite((queue, request, length) -> {
                          long offset = request.deviceOffset();
                          boolean isGood = offset != liesAt;
                          if (isGood) {
                            written.add(offset);
                          }
                          IoStatus status = isGood ? IoStatus.SUCCESS : IoStatus.ofErrno(5);
                          long said = isGood ? length : length + 1;
                          Thread.ofPlatform().start(() -> request.complete(status, said));
                        })))
        .register(name);
  }

  /// Where the first block begins that was not written.
  private static long firstMissing(Set<Long> written, long blockBytes) {
    long offset = 0;
    while (written.contains(offset)) {
      offset += blockBytes;
    }
    return offset;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8})
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aRoutineThatThrowsEndsTheCopyAndTheReportSaysHowFarItCame(int depth) throws Exception {
    int good = 1 << 19;
    OptionalLong all = OptionalLong.empty();
    CopyOptions retrying = options(4096, depth, all, true, true, false, 1, false);
    Set<Long> whole = ConcurrentHashMap.newKeySet();
    Set<Long> broken = ConcurrentHashMap.newKeySet();
    try (DeviceStack honest = driver("honest", 1 << 20, -1, whole);
        DeviceStack liar = driver("liar", 1 << 20, good, broken)) {
      CopyReport report = copy(retrying, "pattern:1MiB", "device:honest", "device:liar");

      assertThat(report.fault().orElseThrow())
          .as("%s and %s", honest, liar)
          .hasMessageContaining("window");
      assertThat(report.exitCode()).isEqualTo(CopyReport.FAILED);
      assertThat(report.isSourceShort()).isFalse();
      assertThat(report.hash()).isEmpty();
      assertThat(report.sourceFailure()).isEmpty();
      assertThat(report.destinations())
          .allMatch(DestinationReport::isFlushed)
          .allMatch(destination -> destination.state() == CopyReport.State.INTERRUPTED)
          .allMatch(destination -> destination.verification() == Verification.NOT_DONE);
      // slots go on until the fault is known, and the pass waits for each: so to the byte
      assertThat(report.destinations().get(0).wholeUntil()).isEqualTo(firstMissing(whole, 4096));
      assertThat(report.destinations().get(1).wholeUntil()).isEqualTo(firstMissing(broken, 4096));
      if (depth == 1) {
        assertThat(broken).hasSize(good / 4096);
      }
    }
  }

  @Test
  void aProgressThatThrowsEndsTheCopyAndTheReportSaysHowFarItCame() throws Exception {
    Progress failing =
        new Recorded() {
          @Override
          public void begin(String what, long totalBytes) {
            throw new IllegalStateException("thrown by the test on purpose");
          }
        };
    try (CopyPlan plan =
        CopyPlan.prepare(
            "pattern:1MiB", List.of("memory:1MiB"), options(4096, 4, true, false, false))) {
      CopyReport report = new CopyRun(plan).run(failing);

      assertThat(report.fault().orElseThrow()).isInstanceOf(IllegalStateException.class);
      assertThat(report.exitCode()).isEqualTo(CopyReport.FAILED);
      assertThat(report.destinations().getFirst().isFlushed()).isTrue();
      assertThat(report.destinations().getFirst().verification()).isEqualTo(Verification.NOT_DONE);
    }
  }

  /// An exception of somebody's that cannot even say what it is.
  private static final class SpeechlessException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @Override
    public String getMessage() {
      throw new IllegalStateException("thrown by the test on purpose");
    }
  }

  @Test
  void aFaultWithoutWordsIsToldAllTheSame() throws Exception {
    Progress failing =
        new Recorded() {
          @Override
          public void end() {
            throw new SpeechlessException();
          }
        };
    try (CopyPlan plan =
        CopyPlan.prepare(
            "pattern:1MiB", List.of("memory:1MiB"), options(4096, 4, false, false, false))) {
      CopyReport report = new CopyRun(plan).run(failing);

      assertThat(report.faultText()).contains(SpeechlessException.class.getName());
      assertThat(report.destinations().getFirst().wholeUntil()).isEqualTo(1 << 20);
    }
  }

  /// @param succeeding how many allocations succeed once the last block is written; each flush
  ///   takes two, its request and the frames of that
  /// @param flushed how many destinations have then been flushed
  @ParameterizedTest
  @CsvSource({"0, 0", "2, 1"})
  void aFaultInTheFlushFailsItsDestinationAndNoOther(int succeeding, int flushed) throws Exception {
    List<Verifier.Registration> faults = new ArrayList<>();
    Progress failing =
        new Recorded() {
          @Override
          public void end() {
            faults.add(Verifier.failAllocationsAfter(succeeding));
          }
        };
    try (CopyPlan plan =
        CopyPlan.prepare(
            "pattern:1MiB",
            List.of("memory:1MiB", "null:1MiB"),
            options(4096, 4, true, false, false))) {
      CopyReport report = new CopyRun(plan).run(failing);

      assertThat(report.fault().orElseThrow()).isInstanceOf(IoMisuseException.class);
      assertThat(report.exitCode()).isEqualTo(CopyReport.FAILED);
      assertThat(report.destinations())
          .extracting(DestinationReport::isFlushed)
          .containsExactly(flushed > 0, false);
      DestinationReport last = report.destinations().getLast();
      assertThat(last.state()).isEqualTo(CopyReport.State.FAILED);
      assertThat(last.wholeUntil()).isZero();
      assertThat(last.message()).contains("flush");
      assertThat(report.destinations().getFirst().state())
          .isEqualTo(flushed > 0 ? CopyReport.State.COMPLETE : CopyReport.State.FAILED);
    } finally {
      faults.forEach(Verifier.Registration::close);
    }
  }
}
