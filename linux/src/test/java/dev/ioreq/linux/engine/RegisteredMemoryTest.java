package dev.ioreq.linux.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoMemoryPool;
import dev.ioreq.IoRequest;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.linux.abi.ChildJvm;
import dev.ioreq.linux.engine.RingEngine.Tables;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.testkit.Recorder;
import dev.ioreq.testkit.Waiting;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class RegisteredMemoryTest {
  private static final int BLOCK = 4096;
  private static final int BLOCKS = 32;
  private static final OpenOptions DIRECT = OpenOptions.of(Access.READ_WRITE).withDirect();

  @TempDir private Path folder;

  private RingEngine engine = RingTargets.engine(RingConfig.defaults());

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
  void memoryOfAPoolIsRegisteredOnceAndGivenBackWhenThePoolEnds() throws IOException {
    MemorySegment bytes;
    try (IoTarget target = RingTargets.open("file:" + file(), DIRECT, engine);
        IoMemoryPool pool = new IoMemoryPool(BLOCK, 2)) {
      try (IoMemory one = take(pool);
          IoMemory other = take(pool)) {
        assertThat(registered()).isZero();
        read(target, one, 1);
        read(target, other, 2);
        assertThat(registered()).isEqualTo(1);
        bytes = one.segment();
      }
      assertThat(registered()).isEqualTo(1);
    }
    Waiting.until("the free of the pool", () -> !bytes.scope().isAlive());
    assertThat(registered()).isZero();
  }

  /// A transfer counts as its bytes and a page, the registration as a page for each transfer before
  /// it and four times the memory: 3 · 8192 ≥ 4096 + 4 · 4096.
  @Test
  void memoryOfItsOwnIsRegisteredWhenThatPaysAndGivenBackWhenItIsClosed() throws Exception {
    useTables(new Tables(16, 1, 8));
    MemorySegment bytes;
    try (IoTarget target = RingTargets.open("file:" + file(), DIRECT, engine);
        IoMemory memory = IoMemory.allocate(BLOCK)) {
      read(target, memory, 1);
      read(target, memory, 2);
      assertThat(registered()).isZero();
      read(target, memory, 3);
      assertThat(registered()).isEqualTo(1);
      read(target, memory, 4);
      memory.segment().fill((byte) 77);
      write(target, memory, 5);
      memory.segment().fill((byte) 0);
      assertThat(readByte(target, memory, 5)).isEqualTo((byte) 77);
      assertThat(registered()).isEqualTo(1);
      bytes = memory.segment();
    }
    Waiting.until("the free of the memory", () -> !bytes.scope().isAlive());
    assertThat(registered()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"32, 4", "1, 65"})
  void largeMemoryIsRegisteredByWhatIsMoved(int blocksOfEach, int transfers) throws Exception {
    useTables(new Tables(16, 1, 8));
    try (IoTarget target = RingTargets.open("file:" + file(), DIRECT, engine);
        IoMemory memory = IoMemory.allocate(BLOCK * BLOCKS)) {
      for (int i = 1; i < transfers; i++) {
        readBlocks(target, memory, blocksOfEach);
      }
      assertThat(registered()).isZero();
      readBlocks(target, memory, blocksOfEach);
      assertThat(registered()).isEqualTo(1);
      readBlocks(target, memory, blocksOfEach);
    }
  }

  @Test
  void closedMemoryStaysRegisteredAsLongAsARequestHasIt() throws Exception {
    useTables(new Tables(16, 1, 8));
    try (IoTarget target = RingTargets.open("file:" + file(), DIRECT, engine)) {
      IoRequest request = IoRequest.create(target);
      IoMemory memory = IoMemory.allocate(BLOCK);
      for (int block = 0; block < 3; block++) {
        read(target, memory, block);
      }
      MemorySegment bytes = memory.segment();
      target.formatRead(request, memory, 6 * BLOCK);
      memory.close();
      assertThat(registered()).isEqualTo(1);
      Recorder recorder = new Recorder();
      request.setCompletionRoutine(recorder);
      assertThat(request.send(target)).isTrue();
      assertThat(recorder.await().information()).isEqualTo(BLOCK);
      assertThat(bytes.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 6);
      assertThat(registered()).isEqualTo(1);
      request.close();
      Waiting.until("the free of the memory", () -> !bytes.scope().isAlive());
      assertThat(registered()).isZero();
    }
  }

  @Test
  void memoryThatTwoEnginesUseIsGivenBackByBoth() throws Exception {
    useTables(new Tables(16, 1, 8));
    RingEngine second = RingTargets.engine(RingConfig.defaults(), new Tables(16, 1, 8));
    try (IoTarget target = RingTargets.open("file:" + file(), DIRECT, engine);
        IoTarget other = RingTargets.open("file:" + folder.resolve("data"), DIRECT, second)) {
      IoMemory memory = IoMemory.allocate(BLOCK);
      for (int block = 0; block < 6; block++) {
        read(target, memory, block);
        read(other, memory, block + 1);
      }
      assertThat(registered(engine)).isEqualTo(1);
      assertThat(registered(second)).isEqualTo(1);
      MemorySegment bytes = memory.segment();
      memory.close();
      Waiting.until("the free of the memory", () -> !bytes.scope().isAlive());
      assertThat(registered(engine)).isZero();
      assertThat(registered(second)).isZero();
    } finally {
      second.end();
    }
  }

  /// More memories than slots, each known to the kernel for a while or not at all.
  @Test
  void memoriesThatComeAndGoGetTheirOwnBytes() throws Exception {
    useTables(new Tables(16, 1, 3));
    IoMemory[] memories = new IoMemory[5];
    int most = 0;
    try (IoTarget target = RingTargets.open("file:" + file(), DIRECT, engine)) {
      for (int i = 0; i < memories.length; i++) {
        memories[i] = IoMemory.allocate(BLOCK);
      }
      for (int round = 0; round < 400; round++) {
        int at = round * 7 % memories.length;
        for (int i = 0; i < 4; i++) {
          read(target, memories[at], (round + i) % BLOCKS);
        }
        most = Math.max(most, registered());
        if (round % 2 == 0) {
          memories[at].close();
          memories[at] = IoMemory.allocate(BLOCK);
        }
      }
    } finally {
      for (IoMemory memory : memories) {
        memory.close();
      }
    }
    assertThat(most).isEqualTo(3);
    Waiting.until("the slots of all memories", () -> registered() == 0);
  }

  /// What comes to lie where an older pool lay is read and written, not what the kernel knew there.
  @Test
  void poolsThatComeAndGoGetTheirOwnBytes() throws Exception {
    useTables(new Tables(16, 256, 3));
    try (IoTarget target = RingTargets.open("file:" + file(), DIRECT, engine)) {
      for (int round = 0; round < 200; round++) {
        try (IoMemoryPool pool = new IoMemoryPool(BLOCK, 4);
            IoMemory memory = take(pool)) {
          int block = round % BLOCKS;
          read(target, memory, block);
          memory.segment().fill((byte) (100 + round % 100));
          write(target, memory, block);
          memory.segment().fill((byte) 0);
          assertThat(readByte(target, memory, block)).isEqualTo((byte) (100 + round % 100));
          memory.segment().fill((byte) block);
          write(target, memory, block);
        }
      }
    }
    Waiting.until("the slots of all pools", () -> registered() == 0);
  }

  @Test
  void morePoolsThanTheTableHoldsWorkAll() throws Exception {
    useTables(new Tables(16, 256, 2));
    IoMemoryPool[] pools = new IoMemoryPool[4];
    try (IoTarget target = RingTargets.open("file:" + file(), DIRECT, engine)) {
      for (int i = 0; i < pools.length; i++) {
        pools[i] = new IoMemoryPool(BLOCK, 1);
      }
      for (int round = 0; round < 3; round++) {
        for (IoMemoryPool pool : pools) {
          try (IoMemory memory = take(pool)) {
            read(target, memory, 3 + round);
          }
        }
      }
      assertThat(registered()).isEqualTo(2);
    } finally {
      for (IoMemoryPool pool : pools) {
        pool.close();
      }
    }
    Waiting.until("the slots of all pools", () -> registered() == 0);
  }

  @Test
  void anEngineWithoutATableTransfersAllTheSame() throws Exception {
    useTables(new Tables(16, 256, 0));
    MemorySegment bytes;
    try (IoTarget target = RingTargets.open("file:" + file(), DIRECT, engine);
        IoMemoryPool pool = new IoMemoryPool(BLOCK, 1);
        IoMemory memory = take(pool)) {
      read(target, memory, 7);
      assertThat(registered()).isZero();
      bytes = memory.segment();
    }
    Waiting.until("the free of the pool", () -> !bytes.scope().isAlive());
  }

  @Test
  void theEndOfAnEngineFreesPoolsThatEndedBeforeAndLetsGoOfTheOthers() throws Exception {
    IoMemoryPool pool = new IoMemoryPool(BLOCK, 1);
    MemorySegment bytes;
    try (IoTarget target = RingTargets.open("file:" + file(), DIRECT, engine);
        IoMemory memory = take(pool)) {
      read(target, memory, 9);
      bytes = memory.segment();
    }
    engine.end();
    assertThat(bytes.scope().isAlive()).isTrue();
    pool.close();
    assertThat(bytes.scope().isAlive()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"false, 1", "true, 0"})
  void whereNoMemoryMayBeLockedItIsReadAllTheSame(boolean isLimited, int registered) {
    ChildJvm.Outcome outcome =
        ChildJvm.run(
            TestPaths.childOptions(),
            LockedMemoryLimit.class,
            folder.resolve("limited").toString(),
            String.valueOf(isLimited));
    assertThat(outcome.output().strip()).isEqualTo(registered + " registered, read 42");
    assertThat(outcome.exitCode()).isZero();
  }

  /// The kernel has the pages of a registered slab, and writes to them whatever lies at their
  /// address by now.
  @Test
  void transfersUseThePagesThatWereRegistered() throws Exception {
    try (IoTarget target = RingTargets.open("file:" + file(), DIRECT, engine);
        IoMemoryPool pool = new IoMemoryPool(BLOCK, 1);
        IoMemory memory = take(pool)) {
      read(target, memory, 4);
      Pages.replace(memory.segment());
      assertThat(readByte(target, memory, 5)).isZero();
    }
    try (IoTarget target = RingTargets.open("file:" + file(), DIRECT, engine);
        IoMemory memory = IoMemory.allocate(BLOCK)) {
      read(target, memory, 4);
      Pages.replace(memory.segment());
      assertThat(readByte(target, memory, 5)).isEqualTo((byte) 5);
    }
  }

  private int registered() {
    return registered(engine);
  }

  private static int registered(RingEngine engine) {
    int[] registered = {-1};
    engine.onThread(() -> registered[0] = engine.buffersRegistered());
    return registered[0];
  }

  private static IoMemory take(IoMemoryPool pool) {
    return Objects.requireNonNull(pool.tryTake());
  }

  private Path file() throws IOException {
    byte[] content = new byte[BLOCK * BLOCKS];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) (i / BLOCK);
    }
    return FileOnDisk.write(folder.resolve("data"), content);
  }

  private static void read(IoTarget target, IoMemory memory, int block) {
    assertThat(readByte(target, memory, block)).isEqualTo((byte) block);
  }

  private static byte readByte(IoTarget target, IoMemory memory, int block) {
    Recorder recorder = new Recorder();
    try (IoRequest request = IoRequest.create(target)) {
      target.formatRead(request, memory, (long) block * BLOCK);
      request.setCompletionRoutine(recorder);
      assertThat(request.send(target)).isTrue();
      assertThat(recorder.await().information()).isEqualTo(BLOCK);
    }
    return memory.segment().get(ValueLayout.JAVA_BYTE, BLOCK - 1);
  }

  /// Reads the last so many blocks of the file.
  private static void readBlocks(IoTarget target, IoMemory memory, int blocks) {
    Recorder recorder = new Recorder();
    long length = (long) blocks * BLOCK;
    try (IoRequest request = IoRequest.create(target)) {
      target.formatRead(request, memory, 0, length, (long) (BLOCKS - blocks) * BLOCK);
      request.setCompletionRoutine(recorder);
      assertThat(request.send(target)).isTrue();
      assertThat(recorder.await().information()).isEqualTo(length);
    }
    assertThat(memory.segment().get(ValueLayout.JAVA_BYTE, length - 1))
        .isEqualTo((byte) (BLOCKS - 1));
  }

  private static void write(IoTarget target, IoMemory memory, int block) {
    Recorder recorder = new Recorder();
    try (IoRequest request = IoRequest.create(target)) {
      target.formatWrite(request, memory, (long) block * BLOCK);
      request.setCompletionRoutine(recorder);
      assertThat(request.send(target)).isTrue();
      assertThat(recorder.await().information()).isEqualTo(BLOCK);
    }
  }
}
