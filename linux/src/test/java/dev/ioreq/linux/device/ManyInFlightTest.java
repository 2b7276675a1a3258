package dev.ioreq.linux.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.PurgeAction;
import dev.ioreq.linux.engine.Pipe;
import dev.ioreq.linux.engine.RingEngine;
import dev.ioreq.linux.engine.RingTargets;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.testkit.Recorder;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// More requests in flight than the ring's queues hold: 256 entries, 1024 completions.
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class ManyInFlightTest {
  private static final int BLOCK = 4096;
  private static final int BLOCKS = 1024;

  @TempDir private Path folder;

  private final RingEngine engine = RingTargets.engine(RingConfig.defaults());
  private final List<IoRequest> requests = new ArrayList<>();

  @AfterEach
  @Timeout(60)
  void end() throws InterruptedException {
    requests.forEach(IoRequest::close);
    engine.end();
  }

  @ParameterizedTest
  @ValueSource(ints = {4096, 20_000})
  void readsOfOneTargetAllArriveOnce(int count) throws IOException {
    byte[] content = new byte[BLOCK * BLOCKS];
    for (int i = 0; i < BLOCKS; i++) {
      content[i * BLOCK] = (byte) i;
      content[i * BLOCK + 1] = (byte) (i >> 8);
    }
    Path file = Files.write(folder.resolve("data"), content);
    OpenOptions direct = OpenOptions.of(Access.READ).withDirect();
    Recorder recorder = new Recorder();
    try (IoTarget target = RingTargets.open("file:" + file, direct, engine);
        IoMemory memory = IoMemory.allocate((long) count * BLOCK)) {
      for (int i = 0; i < count; i++) {
        IoRequest request = newRequest(target);
        target.formatRead(request, memory, (long) i * BLOCK, BLOCK, (long) (i % BLOCKS) * BLOCK);
        request.setCompletionRoutine(recorder);
      }
      for (IoRequest request : requests) {
        assertThat(request.send(target)).isTrue();
      }
      recorder.await(count);
      assertThat(recorder.calls()).allMatch(call -> call.information() == BLOCK);
      assertThat(new HashSet<>(recorder.order())).hasSize(count);
      for (int i = 0; i < count; i++) {
        int read =
            memory.segment().get(ValueLayout.JAVA_SHORT_UNALIGNED, (long) i * BLOCK) & 0xFFFF;
        assertThat(read).isEqualTo(i % BLOCKS);
      }
    }
    assertThat(recorder.count()).isEqualTo(count);
  }

  /// @param isOrdered whether they wait for their turn, or all in the ring
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void twentyThousandReadsThatWaitAreCancelledOnceEach(boolean isOrdered) throws IOException {
    int count = 20_000;
    Recorder recorder = new Recorder();
    try (Pipe pipe = Pipe.open();
        IoTarget target =
            isOrdered
                ? RingTargets.open(pipe.readName(), Access.READ, engine)
                : SideBySide.reads(pipe, engine);
        IoMemory memory = IoMemory.allocate(count)) {
      for (int i = 0; i < count; i++) {
        IoRequest request = newRequest(target);
        target.formatRead(request, memory, i, 1, 0);
        request.setCompletionRoutine(recorder);
        assertThat(request.send(target)).isTrue();
      }
      assertThat(target.requestsInFlight()).isEqualTo(count);
      target.purge(PurgeAction.PURGE_AND_WAIT);
      assertThat(recorder.count()).isEqualTo(count);
      assertThat(recorder.calls()).allMatch(call -> call.status().equals(IoStatus.CANCELLED));
      assertThat(new HashSet<>(recorder.order())).hasSize(count);
    }
  }

  private IoRequest newRequest(IoTarget target) {
    IoRequest request = IoRequest.create(target);
    requests.add(request);
    return request;
  }
}
