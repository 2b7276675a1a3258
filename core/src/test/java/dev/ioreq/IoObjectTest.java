package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class IoObjectTest {
  private static final class Counters {
    private long bytes;
    private int clears;

    void clear() {
      bytes = 0;
      clears++;
    }
  }

  private static final ContextType<Counters> FRESH = ContextType.of("fresh", Counters::new);
  private static final ContextType<Counters> KEPT =
      ContextType.of("kept", Counters::new, Counters::clear);

  private final List<String> events = new ArrayList<>();
  private final IoRequest request = IoRequest.create();
  private final IoMemory memory = IoMemory.allocate(64);

  @AfterEach
  void close() {
    request.close();
    memory.close();
  }

  private Consumer<IoObject> noting(String what) {
    return object -> events.add(what);
  }

  private static IoStatus misuse(Runnable action) {
    try {
      action.run();
    } catch (IoMisuseException e) {
      return e.status();
    }
    throw new AssertionError("nothing was thrown");
  }

  // ------------------------------------------------------------------ contexts

  @Test
  @DisplayName("R-432 an object carries one zeroed context for each type")
  void anObjectCarriesOneContextForEachType() throws IoRequestException {
    try (IoTarget target = IoTarget.open("memory:4096", Access.READ_WRITE)) {
      for (IoObject object : List.of(request, memory, target)) {
        assertThat(object.hasContext(FRESH)).isFalse();
        Counters first = object.context(FRESH);
        assertThat(first.bytes).isZero();
        first.bytes = 7;
        Counters second = object.context(KEPT);
        assertThat(second).isNotSameAs(first);
        assertThat(object.context(FRESH)).isSameAs(first);
        assertThat(object.context(KEPT)).isSameAs(second);
        assertThat(object.hasContext(FRESH)).isTrue();
      }
    }
    assertThat(request.context(FRESH)).isNotSameAs(memory.context(FRESH));
  }

  @Test
  @DisplayName("R-432 contexts of one driver are not those of another")
  void typesMadeAlikeAreTwoTypes() {
    ContextType<Counters> others = ContextType.of("fresh", Counters::new);
    request.context(FRESH).bytes = 7;
    assertThat(request.hasContext(others)).isFalse();
    assertThat(request.context(others).bytes).isZero();
    assertThat(others).hasToString("context type fresh").isNotEqualTo(FRESH);
  }

  @Test
  @DisplayName("R-432 contexts are freed with their object")
  void contextsAreFreedWithTheirObject() {
    request.context(FRESH);
    request.close();
    assertThat(request.hasContext(FRESH)).isFalse();
    assertThat(misuse(() -> request.context(FRESH))).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    memory.close();
    assertThat(misuse(() -> memory.context(FRESH)))
        .as("closed before it had one")
        .isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
  }

  @Test
  @DisplayName("R-111 reuse keeps contexts, parent and children")
  void reuseKeepsContextsAndRelatives() {
    IoRequest parent = IoRequest.create();
    request.parent(parent);
    memory.parent(request);
    memory.onCleanup(noting("memory"));
    Counters context = request.context(KEPT);
    context.bytes = 7;
    request.reuse();
    assertThat(request.context(KEPT)).isSameAs(context);
    assertThat(context.bytes).isEqualTo(7);
    assertThat(request.parent()).containsSame(parent);
    assertThat(memory.parent()).containsSame(request);
    assertThat(events).isEmpty();
    parent.close();
    assertThat(events).containsExactly("memory");
  }

  @Test
  void aContextThatIsNotMadeIsRefused() {
    @SuppressWarnings("NullAway") // what a program without null checks may do
    ContextType<Counters> nothing = ContextType.of("nothing", () -> null);
    assertThatNullPointerException()
        .isThrownBy(() -> request.context(nothing))
        .withMessageContaining("nothing");
    assertThat(request.hasContext(nothing)).isFalse();
  }

  @Test
  void whileAContextIsMadeAnotherMayWin() {
    // asks again from within create, as another thread would at that moment
    class Racing implements Supplier<Counters> {
      private final ContextType<Counters> type = ContextType.of("racing", this);
      private final List<Counters> made = new ArrayList<>();

      @Override
      public Counters get() {
        Counters counters = new Counters();
        made.add(counters);
        if (made.size() == 1) {
          assertThat(request.context(type)).isSameAs(made.get(1));
        }
        return counters;
      }
    }

    Racing racing = new Racing();
    assertThat(request.context(racing.type)).isSameAs(racing.made.get(1));
    assertThat(racing.made).hasSize(2);
  }

  // ------------------------------------------------------------------ the end

  @Test
  @DisplayName("R-433 children first, then cleanup callbacks, then destroy callbacks")
  void deletingRunsChildrenCleanupDestroy() {
    IoMemory second = IoMemory.allocate(64);
    for (IoMemory child : List.of(memory, second)) {
      String name = child == memory ? "first" : "second";
      child.onDestroy(noting("destroy " + name));
      child.onCleanup(noting("cleanup " + name));
      child.parent(request);
    }
    request.context(FRESH);
    request.onDestroy(object -> {
      assertThat(object.hasContext(FRESH)).isTrue();
      events.add("destroy");
    });
    request.onCleanup(noting("cleanup 1"));
    request.onCleanup(noting("cleanup 2"));
    request.close();
    request.close();
    assertThat(events)
        .containsExactly(
            "cleanup second",
            "destroy second",
            "cleanup first",
            "destroy first",
            "cleanup 1",
            "cleanup 2",
            "destroy");
  }

  @Test
  @DisplayName(
      "R-433 a delete with extra references leaves the handle valid until they are dropped")
  void extraReferencesKeepTheHandle() {
    Counters context = memory.context(FRESH);
    memory.onCleanup(noting("cleanup"));
    memory.onDestroy(noting("destroy"));
    memory.reference();
    memory.reference();
    MemorySegment bytes = memory.segment();
    memory.close();
    assertThat(events).containsExactly("cleanup");
    memory.dereference();
    assertThat(memory.segment().get(ValueLayout.JAVA_BYTE, 0)).isZero();
    assertThat(memory.context(FRESH)).isSameAs(context);
    memory.reference();
    memory.dereference();
    assertThat(events).containsExactly("cleanup");
    memory.dereference();
    assertThat(events).containsExactly("cleanup", "destroy");
    assertThat(bytes.scope().isAlive()).isFalse();
    assertThatIllegalStateException().isThrownBy(memory::segment);
    assertThat(misuse(memory::reference)).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
  }

  @Test
  @DisplayName("R-433 a deleted request with a reference still tells its status and contexts")
  void aDeletedRequestWithAReferenceIsReadable() {
    request.context(FRESH).bytes = 7;
    request.onDestroy(noting("destroy"));
    request.reference();
    request.reuse(IoStatus.TIMEOUT);
    request.close();
    assertThat(request.context(FRESH).bytes).isEqualTo(7);
    assertThat(request.context(KEPT).bytes).as("added after the deletion").isZero();
    assertThat(request.status()).isEqualTo(IoStatus.TIMEOUT);
    assertThat(misuse(request::reuse)).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(events).isEmpty();
    request.dereference();
    assertThat(events).containsExactly("destroy");
  }

  @Test
  @DisplayName("R-434 dereferencing below the references taken is refused")
  void dereferencingTooOftenIsRefused() {
    assertThat(misuse(request::dereference)).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    request.onDestroy(noting("destroy"));
    request.reference();
    request.dereference();
    assertThat(misuse(request::dereference)).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(events).as("nothing was changed").isEmpty();
    request.close();
    assertThat(misuse(request::dereference)).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(events).containsExactly("destroy");
  }

  @Test
  @DisplayName("R-434 a user cannot give back the reference of a formatted request")
  void theReferenceOfAFormattedRequestIsNotTheUsers() throws IoRequestException {
    try (IoTarget target = IoTarget.open("memory:4096", Access.READ_WRITE)) {
      target.formatRead(request, memory, 0);
      assertThat(misuse(memory::dereference)).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
      memory.reference();
      memory.close();
      memory.dereference();
      assertThat(misuse(memory::dereference)).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
      assertThat(memory.references()).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("R-138, R-433 memory is destroyed when the last formatted request lets go of it")
  void memoryIsDestroyedWithItsLastReference() throws IoRequestException {
    memory.onCleanup(object -> {
      events.add("cleanup");
      assertThat(((IoMemory) object).segment().byteSize()).isEqualTo(64);
    });
    memory.onDestroy(noting("destroy"));
    try (IoTarget target = IoTarget.open("memory:4096", Access.READ_WRITE)) {
      target.formatRead(request, memory, 0);
      memory.close();
      assertThat(events).containsExactly("cleanup");
      assertThatIllegalStateException().isThrownBy(memory::segment);
      request.close();
      assertThat(events).containsExactly("cleanup", "destroy");
    }
  }

  @Test
  @SuppressWarnings("MustBeClosedChecker") // the destroy callback closes it
  @DisplayName("R-143 the destroy callback of wrapped memory says when its bytes may be freed")
  void theDestroyCallbackSaysWhenWrappedBytesMayBeFreed() throws IoRequestException {
    Arena arena = Arena.ofShared();
    MemorySegment bytes = arena.allocate(64);
    IoMemory wrapped = IoMemory.wrap(bytes);
    wrapped.onDestroy(object -> arena.close());
    try (IoTarget target = IoTarget.open("memory:4096", Access.READ_WRITE)) {
      target.formatWrite(request, wrapped, 0);
      wrapped.close();
      assertThat(request.send(target)).isTrue();
      assertThat(request.status()).isEqualTo(IoStatus.SUCCESS);
      assertThat(bytes.scope().isAlive()).as("the bytes are the program's").isTrue();
      request.reuse();
      assertThat(bytes.scope().isAlive()).isFalse();
    }
  }

  @Test
  @DisplayName("R-124 memory parented to a request is deleted with it")
  void memoryOfARequestIsDeletedWithIt() throws IoRequestException {
    MemorySegment bytes = memory.segment();
    memory.parent(request);
    try (IoTarget target = IoTarget.open("memory:4096", Access.READ_WRITE)) {
      target.formatRead(request, memory, 0);
    }
    request.close();
    assertThat(bytes.scope().isAlive()).isFalse();
  }

  @Test
  @DisplayName("R-101 a request's cleanup callback still sees its buffers")
  void aCleanupCallbackSeesTheBuffers() throws IoRequestException {
    try (IoTarget target = IoTarget.open("memory:4096", Access.READ_WRITE)) {
      target.formatRead(request, memory, 0);
      request.onCleanup(object -> {
        assertThat(request.completionParameters().output()).isSameAs(memory);
        events.add("cleanup");
      });
      request.close();
      assertThat(events).containsExactly("cleanup");
      assertThat(memory.references()).isEqualTo(1);
    }
  }

  @Test
  void aCallbackThatThrowsDoesNotStopTheOthers() {
    MemorySegment bytes = memory.segment();
    memory.onCleanup(object -> {
      throw new IllegalArgumentException("by intent");
    });
    memory.onCleanup(noting("cleanup"));
    memory.onDestroy(object -> {
      throw new IllegalArgumentException("by intent");
    });
    memory.close();
    assertThat(events).containsExactly("cleanup");
    assertThat(bytes.scope().isAlive()).isFalse();
  }

  @Test
  void callbacksAreNotTakenTooLate() {
    request.onCleanup(object -> {
      object.onDestroy(noting("destroy"));
      object.close();
      assertThat(misuse(() -> object.onCleanup(noting("late")))).isNotNull();
      object.reference();
    });
    request.onDestroy(
        object -> assertThat(misuse(object::reference)).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST));
    request.close();
    assertThat(events).isEmpty();
    request.dereference();
    assertThat(events).containsExactly("destroy");
    assertThat(misuse(() -> request.onDestroy(noting("late")))).isNotNull();
  }

  // ------------------------------------------------------------------ parents

  @Test
  @DisplayName("R-094 a request without parent lives on, one with a parent dies with it")
  void aRequestDiesWithItsParent() throws IoRequestException {
    IoTarget target = IoTarget.open("memory:4096", Access.READ_WRITE);
    IoRequest child = IoRequest.create(target);
    IoRequest orphan = IoRequest.create(target);
    child.parent(target);
    assertThat(orphan.parent()).isEmpty();
    assertThat(child.parent()).containsSame(target);
    target.close();
    assertThat(misuse(child::reuse)).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(child.parent()).isEmpty();
    orphan.reuse();
    orphan.close();
  }

  @Test
  void aChildThatIsDeletedLeavesItsParent() {
    List<IoMemory> children = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      IoMemory child = IoMemory.allocate(16);
      child.onCleanup(noting("child " + i));
      child.parent(request);
      children.add(child);
    }
    children.get(3).close(); // the first of the list
    children.get(1).close(); // within
    children.get(0).close(); // the last
    assertThat(events).containsExactly("child 3", "child 1", "child 0");
    events.clear();
    request.close();
    assertThat(events).containsExactly("child 2");
  }

  @Test
  void aParentIsGivenOnceAndNeverToAnAncestor() {
    IoRequest grandchild = IoRequest.create();
    memory.parent(request);
    grandchild.parent(memory);
    assertThat(misuse(() -> grandchild.parent(request))).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(misuse(() -> request.parent(grandchild))).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    IoRequest other = IoRequest.create();
    assertThat(misuse(() -> other.parent(other))).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    request.close();
    assertThat(misuse(grandchild::reuse)).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(misuse(() -> other.parent(request))).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(other.parent()).isEmpty();
    other.close();
  }

  @Test
  void aDeletedParentTakesNoChildrenEvenWithAReference() {
    request.reference();
    request.close();
    assertThat(misuse(() -> memory.parent(request))).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
    assertThat(memory.parent()).isEmpty();
    assertThat(memory.segment().scope().isAlive()).isTrue();
    request.dereference();
  }

  @Test
  void noMemoryHasNoLife() {
    IoMemory none = IoMemory.none();
    assertThatThrownBy(() -> none.context(FRESH)).hasMessageContaining("IoMemory.none()");
    assertThatThrownBy(() -> none.onCleanup(noting("none"))).hasMessageContaining("none()");
    assertThatThrownBy(() -> none.parent(request)).hasMessageContaining("none()");
    assertThatThrownBy(() -> request.parent(none)).hasMessageContaining("none()");
    assertThatThrownBy(none::reference).hasMessageContaining("none()");
  }

  @Test
  void anObjectClosedBeforeItsFirstUseIsRefused() throws IoRequestException {
    IoTarget target = IoTarget.open("memory:4096", Access.READ_WRITE);
    for (IoObject object : List.of(IoRequest.create(), IoMemory.allocate(16), target)) {
      object.close();
      List<Runnable> uses =
          List.of(
              () -> object.context(FRESH),
              () -> object.onCleanup(noting("late")),
              () -> object.onDestroy(noting("late")),
              () -> object.parent(request),
              () -> memory.parent(object),
              object::reference,
              object::dereference);
      for (Runnable use : uses) {
        assertThat(misuse(use)).as("%s", object).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
      }
      assertThat(object.parent()).isEmpty();
    }
    assertThat(memory.parent()).isEmpty();
  }

  // ------------------------------------------------------------------ used again

  @Test
  @DisplayName("R-100 recycling runs cleanup, children, destroy, and forgets them")
  void recyclingEndsALife() {
    memory.parent(request);
    memory.onCleanup(noting("child"));
    request.onCleanup(noting("cleanup"));
    request.onDestroy(noting("destroy"));
    request.recycled();
    assertThat(request.mayLive()).isTrue();
    assertThat(events).containsExactly("child", "cleanup", "destroy");
    request.recycled();
    assertThat(request.mayLive()).isTrue();
    assertThat(events).hasSize(3);
    request.onDestroy(noting("next life"));
    request.close();
    assertThat(events).endsWith("next life");
  }

  @Test
  @DisplayName("R-369 the context of an object used again is zeroed, and the instance kept")
  void contextsOfAnObjectUsedAgainAreZeroed() {
    Counters kept = request.context(KEPT);
    Counters fresh = request.context(FRESH);
    kept.bytes = 7;
    fresh.bytes = 7;
    request.recycled();
    assertThat(request.mayLive()).isTrue();
    assertThat(request.hasContext(KEPT)).isFalse();
    assertThat(request.context(KEPT)).isSameAs(kept);
    assertThat(kept.bytes).isZero();
    assertThat(kept.clears).isEqualTo(1);
    assertThat(request.context(FRESH)).isNotSameAs(fresh);
    assertThat(request.context(FRESH).bytes).isZero();
  }

  @Test
  void aContextThatCannotBeClearedIsMadeAnew() {
    ContextType<Counters> unclearable =
        ContextType.of(
            "unclearable",
            Counters::new,
            used -> {
              throw new IllegalArgumentException("by intent");
            });
    ContextType<Counters> wrong =
        ContextType.of(
            "wrong",
            Counters::new,
            used -> {
              throw new AssertionError("by intent");
            });
    Counters used = request.context(unclearable);
    Counters usedWrongly = request.context(wrong);
    request.recycled();
    assertThat(request.mayLive()).isTrue();
    assertThat(request.context(unclearable)).isNotSameAs(used);
    assertThat(request.context(wrong)).isNotSameAs(usedWrongly);
  }

  @Test
  @DisplayName("R-100 with an extra reference the handle stays valid and is not used again")
  void aReferencedObjectIsNotUsedAgain() {
    Counters context = request.context(KEPT);
    context.bytes = 7;
    request.onCleanup(noting("cleanup"));
    request.onDestroy(noting("destroy"));
    request.reference();
    request.recycled();
    assertThat(request.mayLive()).isFalse();
    assertThat(events).containsExactly("cleanup");
    assertThat(request.context(KEPT).bytes).isEqualTo(7);
    request.dereference();
    assertThat(events).containsExactly("cleanup", "destroy");
    assertThat(context.clears).as("not used again").isZero();
    assertThat(request.hasContext(KEPT)).isFalse();
    assertThat(request.mayLive()).isTrue();
    assertThat(request.revived()).isTrue();
    assertThat(request.context(KEPT)).isNotSameAs(context);
  }

  @Test
  @DisplayName("R-137, R-432 a pool's buffer begins with zeroed contexts and without callbacks")
  void pooledMemoryBeginsANewLife() {
    try (IoMemoryPool pool = new IoMemoryPool(64, 1)) {
      IoMemory first = take(pool);
      Counters kept = first.context(KEPT);
      kept.bytes = 7;
      first.onDestroy(noting("destroy"));
      first.parent(request);
      first.reference();
      first.close();
      assertThat(pool.tryTake()).as("still referenced").isNull();
      assertThat(first.segment().byteSize()).isEqualTo(64);
      first.dereference();
      assertThat(events).containsExactly("destroy");
      assertThat(misuse(() -> first.context(KEPT))).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);

      IoMemory again = take(pool);
      assertThat(again).isSameAs(first);
      assertThat(again.parent()).isEmpty();
      assertThat(again.hasContext(KEPT)).isFalse();
      assertThat(again.context(KEPT)).isSameAs(kept);
      assertThat(kept.bytes).isZero();
      assertThat(misuse(again::dereference)).isEqualTo(IoStatus.INVALID_DEVICE_REQUEST);
      request.close();
      assertThat(again.context(KEPT)).as("the parent was the earlier life's").isSameAs(kept);
      again.close();
      assertThat(events).hasSize(1);
    }
  }

  private static IoMemory take(IoMemoryPool pool) {
    IoMemory taken = pool.tryTake();
    if (taken == null) {
      throw new AssertionError("the pool is empty");
    }
    return taken;
  }
}
