package dev.ioreq.linux.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.linux.engine.RingEngine.Tables;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.testkit.Recorder;
import dev.ioreq.testkit.Requirement;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class RegisteredFilesTest {
  private static final int BLOCK = 4096;

  @TempDir private Path folder;

  private RingEngine engine = RingTargets.engine(RingConfig.defaults(), new Tables(16_384, 2, 8));

  @AfterEach
  @Timeout(60)
  void end() throws InterruptedException {
    engine.end();
  }

  private void useTables(Tables tables) throws InterruptedException {
    engine.end();
    engine = RingTargets.engine(RingConfig.defaults(), tables);
  }

  @Test
  void aFileGetsASlotOnceItIsUsedMuchAndGivesItBackWhenClosed() throws IOException {
    try (IoTarget target = direct("data", 1)) {
      read(target, 1);
      assertThat(registered()).isZero();
      read(target, 1);
      assertThat(registered()).isEqualTo(1);
      read(target, 1);
      assertThat(registered()).isEqualTo(1);
    }
    assertThat(registered()).isZero();
  }

  @Test
  void aClosedTargetHasReleasedItsFile() throws IOException {
    try (Pipe pipe = Pipe.open();
        IoMemory memory = IoMemory.allocate(1)) {
      try (IoTarget target = RingTargets.byRing(pipe.writeName(), Access.WRITE, engine)) {
        for (int i = 0; i < 10; i++) {
          target.sendWriteSynchronously(memory, 0);
        }
        pipe.drain(10);
        pipe.closeWriteEnd();
        assertThat(registered()).isEqualTo(1);
        assertThat(pipe.hasNoWriter()).isFalse();
      }
      assertThat(pipe.hasNoWriter()).isTrue();
    }
  }

  @Test
  void theEndOfAnEngineReleasesItsFiles() throws Exception {
    try (Pipe pipe = Pipe.open();
        IoMemory memory = IoMemory.allocate(1)) {
      IoTarget target = RingTargets.byRing(pipe.writeName(), Access.WRITE, engine);
      for (int i = 0; i < 10; i++) {
        target.sendWriteSynchronously(memory, 0);
      }
      pipe.drain(10);
      pipe.closeWriteEnd();
      assertThat(registered()).isEqualTo(1);
      engine.end();
      target.close(); // there is no engine to ask any more
      assertThat(pipe.hasNoWriter()).isTrue();
    }
  }

  @Test
  void aFullTableLeavesTheOthersTheirDescriptors() throws Exception {
    useTables(new Tables(16, 1, 8));
    List<IoTarget> targets = new ArrayList<>();
    try {
      for (int i = 0; i < 20; i++) {
        targets.add(direct("data" + i, i));
        read(targets.get(i), i);
      }
      assertThat(registered()).isEqualTo(16);
      for (int i = 0; i < 20; i++) {
        read(targets.get(i), i);
      }
      targets.remove(0).close();
      try (IoTarget next = direct("next", 77)) {
        read(next, 77);
        assertThat(registered()).isEqualTo(16);
      }
    } finally {
      targets.forEach(IoTarget::close);
    }
    assertThat(registered()).isZero();
  }

  @Test
  void anEngineWithoutATableUsesDescriptors() throws Exception {
    useTables(new Tables(0, 1, 8));
    try (IoTarget target = direct("data", 5)) {
      read(target, 5);
      read(target, 5);
      assertThat(registered()).isZero();
    }
  }

  @Test
  void tenThousandTargetsAreOpenOnOneEngine() throws Exception {
    int count = 10_000;
    int spare = 1000;
    Requirement.needs(
        count + spare + " open files",
        ThisProcess.openFilesLimit() >= count + spare,
        "the limit (ulimit -n) is " + ThisProcess.openFilesLimit());
    useTables(new Tables(16_384, 1, 8));
    List<IoTarget> targets = new ArrayList<>();
    List<IoRequest> requests = new ArrayList<>();
    Recorder recorder = new Recorder();
    try (IoMemory memory = IoMemory.allocate(count)) {
      memory.segment().fill((byte) 1);
      for (int i = 0; i < count; i++) {
        IoTarget target = RingTargets.byRing("char:/dev/zero", Access.READ, engine);
        targets.add(target);
        IoRequest request = IoRequest.create(target);
        requests.add(request);
        target.formatRead(request, memory, i, 1, 0);
        request.setCompletionRoutine(recorder);
        assertThat(request.send(target)).isTrue();
      }
      recorder.await(count);
      assertThat(recorder.calls()).allMatch(call -> call.information() == 1);
      assertThat(memory.segment().mismatch(MemorySegment.ofArray(new byte[count]))).isEqualTo(-1);
      assertThat(registered()).isEqualTo(count);
    } finally {
      requests.forEach(IoRequest::close);
      targets.forEach(IoTarget::close);
    }
    assertThat(registered()).isZero();
  }

  private int registered() {
    int[] registered = {-1};
    engine.onThread(() -> registered[0] = engine.filesRegistered());
    return registered[0];
  }

  private IoTarget direct(String name, int content) throws IOException {
    byte[] bytes = new byte[BLOCK];
    bytes[0] = (byte) content;
    Path file = FileOnDisk.write(folder.resolve(name), bytes);
    return RingTargets.open("file:" + file, OpenOptions.of(Access.READ).withDirect(), engine);
  }

  private static void read(IoTarget target, int content) {
    Recorder recorder = new Recorder();
    try (IoMemory memory = IoMemory.allocate(BLOCK);
        IoRequest request = IoRequest.create(target)) {
      target.formatRead(request, memory, 0);
      request.setCompletionRoutine(recorder);
      assertThat(request.send(target)).isTrue();
      assertThat(recorder.await().information()).isEqualTo(BLOCK);
      assertThat(memory.segment().get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) content);
    }
  }
}
