package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class IoMemoryTest {
  private static IoStatus misuse(Runnable action) {
    try {
      action.run();
    } catch (IoMisuseException e) {
      return e.status();
    }
    throw new AssertionError("nothing was thrown");
  }

  @Test
  @DisplayName("R-138 the bytes live until the last reference goes")
  void theBytesLiveUntilTheLastReferenceGoes() {
    IoMemory memory = IoMemory.allocate(64);
    MemorySegment bytes = memory.segment();
    memory.retain();
    assertThat(memory.references()).isEqualTo(2);
    memory.close();
    memory.close();
    assertThat(memory.references()).as("the second close does nothing").isEqualTo(1);
    assertThat(bytes.scope().isAlive()).isTrue();
    memory.release();
    assertThat(bytes.scope().isAlive()).isFalse();
  }

  @Test
  void closedMemoryIsNotTakenUpAgain() {
    IoMemory memory = IoMemory.allocate(64);
    memory.retain();
    memory.close();
    assertThat(misuse(memory::retain)).isEqualTo(IoStatus.INVALID_PARAMETER);
    assertThat(memory.references()).isEqualTo(1);
    assertThatIllegalStateException().isThrownBy(memory::segment);
    memory.release();
    assertThat(misuse(memory::retain)).isEqualTo(IoStatus.INVALID_PARAMETER);
    assertThat(memory).hasToString("IoMemory[64 bytes, closed]");
  }

  @Test
  @DisplayName("R-122 memory of no size is refused")
  void memoryOfNoSizeIsRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> IoMemory.allocate(0));
    assertThatIllegalArgumentException().isThrownBy(() -> IoMemory.allocate(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> IoMemory.allocate(16, 3));
    assertThatIllegalArgumentException().isThrownBy(() -> IoMemory.wrap(ByteBuffer.allocate(0)));
  }

  @Test
  void memoryIsZeroedAndAlignedForDirectTransfers() {
    try (IoMemory memory = IoMemory.allocate(8192)) {
      assertThat(memory.address() % 4096).isZero();
      assertThat(memory.segment().toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
      assertThat(memory.sizeBytes()).isEqualTo(8192);
    }
    try (IoMemory first = IoMemory.allocate(512);
        IoMemory second = IoMemory.allocate(512)) {
      assertThat(first.address() % 4096).as("a sector").isZero();
      assertThat(second.address() % 4096).as("and another").isZero();
    }
    try (IoMemory memory = IoMemory.allocate(100, 1 << 16)) {
      assertThat(memory.address() % (1 << 16)).isZero();
    }
  }

  @Test
  void noMemoryNeedsNoCounting() {
    IoMemory none = IoMemory.none();
    none.retain();
    none.release();
    none.release();
    none.close();
    assertThat(none.sizeBytes()).isZero();
    assertThat(none.segment().byteSize()).isZero();
    assertThat(none.isReadOnly()).isFalse();
  }

  @Test
  @DisplayName("R-123 wrapped memory is a view of the caller's bytes and stays his")
  void wrappedMemoryStaysTheCallers() {
    ByteBuffer heap = ByteBuffer.allocate(16).position(4).limit(12);
    IoMemory onHeap = IoMemory.wrap(heap);
    assertThat(onHeap.sizeBytes()).isEqualTo(8);
    assertThat(onHeap.isNative()).isFalse();
    assertThat(onHeap.address()).isZero();
    onHeap.copyFrom(0, new byte[] {7});
    assertThat(heap.get(4)).isEqualTo((byte) 7);
    onHeap.close();

    IoMemory direct = IoMemory.wrap(ByteBuffer.allocateDirect(16));
    assertThat(direct.isNative()).isTrue();
    direct.close();

    try (Arena arena = Arena.ofShared()) {
      MemorySegment segment = arena.allocate(16);
      IoMemory wrapped = IoMemory.wrap(segment);
      wrapped.close();
      assertThat(segment.scope().isAlive()).isTrue();
    }
  }

  @Test
  void memoryOfOneThreadCannotBeWrapped() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocate(16);
      assertThatThrownBy(() -> IoMemory.wrap(segment))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("Arena.ofShared()");
    }
  }

  @Test
  void readOnlyBuffersMakeReadOnlyMemory() {
    IoMemory memory = IoMemory.wrap(ByteBuffer.allocate(8).asReadOnlyBuffer());
    assertThat(memory.isReadOnly()).isTrue();
    assertThat(misuse(() -> memory.copyFrom(0, new byte[1]))).isEqualTo(IoStatus.ACCESS_VIOLATION);
  }

  @Test
  @DisplayName("R-132 copying in: nothing is INVALID_PARAMETER, too much INVALID_BUFFER_SIZE")
  void copyingInChecksTheRange() {
    try (IoMemory memory = IoMemory.allocate(8)) {
      memory.copyFrom(6, new byte[] {1, 2});
      assertThat(memory.asByteBuffer().get(7)).isEqualTo((byte) 2);
      assertThat(misuse(() -> memory.copyFrom(0, new byte[0])))
          .isEqualTo(IoStatus.INVALID_PARAMETER);
      assertThat(misuse(() -> memory.copyFrom(8, new byte[1])))
          .isEqualTo(IoStatus.INVALID_BUFFER_SIZE);
      assertThat(misuse(() -> memory.copyFrom(-1, new byte[1])))
          .isEqualTo(IoStatus.INVALID_BUFFER_SIZE);
      assertThat(misuse(() -> memory.copyFrom(7, new byte[] {9, 9})))
          .isEqualTo(IoStatus.INVALID_BUFFER_SIZE);
      assertThat(memory.asByteBuffer().get(7)).as("nothing was copied").isEqualTo((byte) 2);
    }
  }

  @Test
  @DisplayName("R-133 copying out: nothing is INVALID_PARAMETER, too much BUFFER_TOO_SMALL")
  void copyingOutChecksTheRange() {
    try (IoMemory memory = IoMemory.allocate(8)) {
      memory.copyFrom(0, new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
      byte[] two = new byte[2];
      memory.copyTo(3, two);
      assertThat(two).containsExactly(4, 5);
      assertThat(misuse(() -> memory.copyTo(0, new byte[0]))).isEqualTo(IoStatus.INVALID_PARAMETER);
      assertThat(misuse(() -> memory.copyTo(7, two))).isEqualTo(IoStatus.BUFFER_TOO_SMALL);
      assertThat(misuse(() -> memory.copyTo(Long.MAX_VALUE, two)))
          .isEqualTo(IoStatus.BUFFER_TOO_SMALL);
      assertThat(two).containsExactly(4, 5);
    }
  }

  @Test
  @DisplayName("R-137 a pool hands out its buffers again and again")
  void aPoolHandsOutItsBuffersAgain() {
    try (IoMemoryPool pool = new IoMemoryPool(100, 2)) {
      assertThat(pool.count()).isEqualTo(2);
      assertThat(pool.blockBytes()).isEqualTo(100);
      IoMemory first = take(pool);
      IoMemory second = take(pool);
      assertThat(pool.tryTake()).isNull();
      assertThat(first.address() % 4096).isZero();
      assertThat(first.sizeBytes()).isEqualTo(100);
      assertThat(first.address()).isNotEqualTo(second.address());
      first.retain();
      first.close();
      assertThat(pool.tryTake()).as("still referenced").isNull();
      first.release();
      IoMemory again = take(pool);
      again.copyFrom(0, new byte[] {1});
      again.close();
      second.close();
    }
  }

  @Test
  void aPoolsMemoryIsFreedWhenItIsClosedAndEveryBufferIsBack() {
    IoMemoryPool pool = new IoMemoryPool(100, 2);
    IoMemory taken = take(pool);
    MemorySegment.Scope scope = taken.segment().scope();
    pool.close();
    pool.close();
    assertThat(scope.isAlive()).isTrue();
    assertThatThrownBy(pool::tryTake).isInstanceOf(IllegalStateException.class);
    taken.close();
    assertThat(scope.isAlive()).isFalse();
  }

  @Test
  void aPoolOfNothingIsRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> new IoMemoryPool(0, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> new IoMemoryPool(1, 0));
  }

  private static IoMemory take(IoMemoryPool pool) {
    IoMemory taken = pool.tryTake();
    if (taken == null) {
      throw new AssertionError("the pool is empty");
    }
    return taken;
  }
}
