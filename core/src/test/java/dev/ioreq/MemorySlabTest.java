package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class MemorySlabTest {
  private final List<MemorySlab> letGo = new ArrayList<>();
  private final MemorySlab.Holder holder = letGo::add;

  @Test
  void whatNobodyHoldsIsFreedWithThePool() {
    IoMemoryPool pool = new IoMemoryPool(4096, 2);
    MemorySegment bytes = pool.slab().segment();
    pool.close();
    assertThat(bytes.scope().isAlive()).isFalse();
  }

  @Test
  void aHolderIsToldOnceAndKeepsTheMemoryUntilItReleases() {
    IoMemoryPool pool = new IoMemoryPool(4096, 2);
    MemorySlab slab = pool.slab();
    assertThat(slab.hold(holder)).isTrue();
    pool.close();
    pool.close();
    assertThat(letGo).containsExactly(slab);
    assertThat(slab.segment().scope().isAlive()).isTrue();
    slab.release(holder);
    assertThat(slab.segment().scope().isAlive()).isFalse();
  }

  @Test
  void theLastOfTwoHoldersFrees() {
    IoMemoryPool pool = new IoMemoryPool(4096, 2);
    MemorySlab slab = pool.slab();
    MemorySlab.Holder other = letGo::add;
    slab.hold(holder);
    slab.hold(other);
    pool.close();
    assertThat(letGo).containsExactly(slab, slab);
    slab.release(other);
    assertThat(slab.segment().scope().isAlive()).isTrue();
    slab.release(holder);
    assertThat(slab.segment().scope().isAlive()).isFalse();
  }

  @Test
  void aHolderIsNotToldWhileABufferIsOut() {
    IoMemoryPool pool = new IoMemoryPool(4096, 2);
    IoMemory out = Objects.requireNonNull(pool.tryTake());
    pool.slab().hold(holder);
    pool.close();
    assertThat(letGo).isEmpty();
    out.close();
    assertThat(letGo).containsExactly(pool.slab());
    pool.slab().release(holder);
  }

  @Test
  void aHolderThatReleasesBeforeTheEndIsNotTold() {
    IoMemoryPool pool = new IoMemoryPool(4096, 2);
    pool.slab().hold(holder);
    pool.slab().release(holder);
    pool.close();
    assertThat(letGo).isEmpty();
    assertThat(pool.slab().segment().scope().isAlive()).isFalse();
  }

  @Test
  void nobodyHoldsWhatHasEnded() {
    IoMemoryPool pool = new IoMemoryPool(4096, 2);
    pool.close();
    assertThat(pool.slab().hold(holder)).isFalse();
  }

  @Test
  void aReleaseByAStrangerFreesNothing() {
    IoMemoryPool pool = new IoMemoryPool(4096, 2);
    pool.slab().hold(holder);
    pool.close();
    pool.slab().release(slab -> {});
    assertThat(pool.slab().segment().scope().isAlive()).isTrue();
    pool.slab().release(holder);
  }

  @Test
  void memoryOfItsOwnIsASlabThatEndsWithTheLastReference() {
    IoMemory memory = IoMemory.allocate(4096);
    MemorySlab slab = Objects.requireNonNull(memory.slab());
    assertThat(slab.isPool()).isFalse();
    assertThat(slab.address()).isEqualTo(memory.address());
    assertThat(slab.sizeBytes()).isEqualTo(4096);
    slab.hold(holder);
    memory.retain();
    memory.close();
    assertThat(letGo).isEmpty();
    memory.release();
    assertThat(letGo).containsExactly(slab);
    assertThat(slab.segment().scope().isAlive()).isTrue();
    slab.release(holder);
    assertThat(slab.segment().scope().isAlive()).isFalse();
  }

  @Test
  void memoryOfItsOwnThatNobodyHoldsIsFreedAtOnce() {
    IoMemory memory = IoMemory.allocate(4096);
    MemorySegment bytes = memory.segment();
    memory.close();
    assertThat(bytes.scope().isAlive()).isFalse();
  }

  @Test
  void theFirstHolderHasTheWordUntilItReleases() {
    try (IoMemoryPool pool = new IoMemoryPool(4096, 2)) {
      MemorySlab slab = pool.slab();
      MemorySlab.Holder other = letGo::add;
      assertThat(slab.isFirst(holder)).isFalse();
      slab.hold(holder);
      slab.hold(other);
      slab.word(7);
      assertThat(slab.isFirst(holder)).isTrue();
      assertThat(slab.isFirst(other)).isFalse();
      assertThat(slab.word()).isEqualTo(7);
      slab.release(other);
      assertThat(slab.isFirst(holder)).isTrue();
      slab.release(holder);
      assertThat(slab.isFirst(holder)).isFalse();
      slab.hold(other);
      assertThat(slab.isFirst(other)).isTrue();
      slab.release(other);
    }
  }

  @Test
  void whatIsMovedAddsUp() {
    try (IoMemoryPool pool = new IoMemoryPool(4096, 2)) {
      assertThat(pool.slab().isPool()).isTrue();
      assertThat(pool.slab().addMoved(4096)).isEqualTo(4096);
      assertThat(pool.slab().addMoved(1L << 40)).isEqualTo(4096 + (1L << 40));
    }
  }

  @Test
  void aFrameKnowsTheSlabOfMemoryThatIsNotWrapped() {
    Frame frame = new Frame();
    try (IoMemoryPool pool = new IoMemoryPool(4096, 1);
        IoMemory pooled = Objects.requireNonNull(pool.tryTake());
        IoMemory own = IoMemory.allocate(4096);
        IoMemory wrapped = IoMemory.wrap(ByteBuffer.allocateDirect(4096))) {
      frame.fillRead(pooled, 0, 4096, 0, false);
      assertThat(frame.outputSlab()).isSameAs(pool.slab());
      assertThat(frame.inputSlab()).isNull();
      frame.fillWrite(pooled, 0, 4096, 0, false);
      assertThat(frame.inputSlab()).isSameAs(pool.slab());
      frame.fillWrite(pooled, 0, 4096, 0, true); // carried through a buffer of the frame's
      assertThat(frame.inputSlab()).isNull();
      frame.fillRead(own, 0, 4096, 0, false);
      assertThat(frame.outputSlab()).isSameAs(own.slab()).isNotNull();
      frame.fillRead(wrapped, 0, 4096, 0, false);
      assertThat(frame.outputSlab()).isNull();
      frame.release();
    }
  }

  @Test
  void aSlabSaysWhereItIs() {
    try (IoMemoryPool pool = new IoMemoryPool(4096, 2)) {
      MemorySlab slab = pool.slab();
      assertThat(slab.address()).isEqualTo(slab.segment().address());
      assertThat(slab.sizeBytes()).isEqualTo(8192);
    }
  }

  @Test
  void aPoolMayHaveOneBufferOfOneByte() {
    try (IoMemoryPool pool = new IoMemoryPool(1, 1)) {
      assertThat(pool.count()).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("R-443 a pool that cannot be had")
  void aPoolThatCannotBeHad() {
    try (Verifier.Registration faults = Verifier.failAllocationsAfter(0)) {
      assertThat(faults).isNotNull();
      assertThatThrownBy(() -> new IoMemoryPool(4096, 2))
          .isInstanceOfSatisfying(
              IoMisuseException.class,
              e -> assertThat(e.status()).isEqualTo(IoStatus.INSUFFICIENT_RESOURCES));
    }
  }
}
