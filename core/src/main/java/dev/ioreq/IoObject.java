package dev.ioreq;

import dev.ioreq.lock.FieldHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What requests, targets, memory, queues and devices have in common: contexts, a parent, callbacks
/// at their end, and a count of references.
///
/// **Contexts.** An object carries one context for each [ContextType] that is asked for.
///
/// **The end.** [#close()] deletes the object: first its children are deleted, then its cleanup
/// callbacks run, while it still works; then its own reference is given back. Who needs the handle
/// for longer takes a [#reference()] before. When the last reference has gone, the framework's own
/// included (a formatted request's on memory), the destroy callbacks run, and the contexts are
/// freed. A request closed in flight is deleted when it has ended.
///
/// **Threading.** Every method here may be called from any thread. What a thread did before it gave
/// a reference back *happens-before* the destroy callbacks. A context is published safely; what is
/// in it is its users' to guard. Callbacks run on the thread that deletes, or gives the last
/// reference back, with no lock of the object held; one that throws is logged, and the others run.
///
/// **Errors.** Using a deleted object to which no reference is left throws [IoMisuseException].
///
/// @see "WDFOBJECT; framework object life cycle"
public abstract class IoObject implements AutoCloseable {
  /*
   * All this costs an object that makes no use of it one null field. The first use makes the lifecycle, by CAS, and then
   * asks hasEnded(); the end sets what hasEnded() looks at, and then reads the field. Both are volatile, so one of them
   * sees the other: nobody can register with an object whose end does not know of him.
   */
  private static final VarHandle LIFECYCLE =
      FieldHandle.of(MethodHandles.lookup(), "lifecycle", Lifecycle.class);

  private volatile @Nullable Lifecycle lifecycle; // set once; objects used again keep it

  IoObject() {}

  // ------------------------------------------------------------------ contexts

  /// The context of a type; added, zeroed, if the object has none. Allocates nothing if it has.
  ///
  /// @param <T> the class of the context
  /// @param type which one
  /// @return the context, the same one until the object is destroyed
  /// @throws IoMisuseException if the object is deleted
  /// @see "WdfObjectAllocateContext; WdfObjectGetTypedContext"
  public final <T> T context(ContextType<T> type) { // hot path when present
    Lifecycle lifecycle = this.lifecycle;
    T present = lifecycle == null ? null : lifecycle.context(type);
    return present != null ? present : require("add a context to").addContext(type);
  }

  /// Whether the object has a context of a type.
  ///
  /// @param type which one
  /// @return true from the first [#context(ContextType)] until the object is destroyed
  public final boolean hasContext(ContextType<?> type) {
    Lifecycle lifecycle = this.lifecycle;
    return lifecycle != null && lifecycle.context(type) != null;
  }

  // ------------------------------------------------------------------ parent and children

  /// Makes this object the child of another, once: it is then deleted together with its parent, if
  /// not before. Of several children the one added last is deleted first.
  ///
  /// An object without a parent lives with the process: nobody deletes it but its owner.
  ///
  /// @param parent any object but this one and those below it
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_REQUEST] if this object has a parent, is an
  ///   ancestor of the parent, or one of the two is deleted
  /// @see "ParentObject of WDF_OBJECT_ATTRIBUTES"
  public final void parent(IoObject parent) {
    Objects.requireNonNull(parent, "parent");
    require("give a parent to").setParent(parent.require("give a child to"));
  }

  /// The parent it was given.
  ///
  /// @return empty if it lives with the process, or is destroyed
  public final Optional<IoObject> parent() {
    Lifecycle lifecycle = this.lifecycle;
    return lifecycle == null ? Optional.empty() : lifecycle.parent();
  }

  // ------------------------------------------------------------------ the end

  /// Registers what runs when this object is deleted, before it stops working: its children are
  /// deleted by then, its contexts are there, a target still takes requests, memory has its bytes.
  /// Several run in the order they were registered.
  ///
  /// @param callback is given this object; must not wait for another thread that closes it
  /// @throws IoMisuseException if the object is deleted
  /// @see "EvtCleanupCallback"
  public final void onCleanup(Consumer<? super IoObject> callback) {
    Objects.requireNonNull(callback, "callback");
    require("register a cleanup callback with").onCleanup(callback);
  }

  /// Registers what runs when this object's last reference has gone: nobody uses it any more, the
  /// device below included. Its contexts are still there. Several run in the order they were
  /// registered.
  ///
  /// For memory around bytes that belong to the program this is the moment to free them.
  ///
  /// @param callback is given this object, which cannot be referenced anew
  /// @throws IoMisuseException if the object is deleted
  /// @see "EvtDestroyCallback"
  public final void onDestroy(Consumer<? super IoObject> callback) {
    Objects.requireNonNull(callback, "callback");
    require("register a destroy callback with").onDestroy(callback);
  }

  /// Takes a reference: after the object's deletion its contexts stay, the status of a request, the
  /// bytes of a memory, until [#dereference()]. A deleted request cannot be sent, a closed target
  /// not be sent to, even so.
  ///
  /// @throws IoMisuseException if the object is deleted and nobody holds a reference
  /// @see "WdfObjectReference"
  public final void reference() {
    require("take a reference to").reference();
  }

  /// Gives back a reference that [#reference()] took. With the last one the object is destroyed.
  ///
  /// @throws IoMisuseException if every reference taken was given back; nothing is changed. The
  ///   reference that a new object has goes with [#close()] only
  /// @see "WdfObjectDereference; bug check 0x10D, code 7"
  public final void dereference() {
    Lifecycle lifecycle = this.lifecycle;
    if (lifecycle == null) {
      throw Lifecycle.tooManyDereferences(this);
    }
    lifecycle.dereference();
  }

  /// Deletes the object. Does nothing the second time.
  ///
  /// @see "WdfObjectDelete"
  @Override
  public abstract void close();

  // ------------------------------------------------------------------ hooks of the subclasses

  /// Whether the object's end has begun. Reads something volatile that the end sets before it calls
  /// [#deleted()].
  abstract boolean hasEnded();

  /// Refuses an object that cannot have contexts, callbacks or references of its own.
  void checkLife(String what) {}

  /// The parent is being deleted.
  void deleteWithParent() {
    close();
  }

  /// The object's own reference and all that users took have gone.
  void handleGone() {
    destroyed(false);
  }

  /// The first half of a deletion: children, cleanup callbacks. Does nothing if it was done.
  final void cleanUp() {
    Lifecycle lifecycle = this.lifecycle;
    if (lifecycle != null) {
      lifecycle.cleanUp();
    }
  }

  /// Whether [#cleanUp()] has begun and [#deleted()] has not.
  final boolean isCleaningUp() {
    Lifecycle lifecycle = this.lifecycle;
    return lifecycle != null && lifecycle.isCleaningUp();
  }

  /// The second half: the object's own reference goes. Does the first half if it was not done, and
  /// nothing if this life has ended.
  final void deleted() {
    Lifecycle lifecycle = this.lifecycle;
    if (lifecycle != null) {
      lifecycle.deleted();
    } else {
      handleGone();
    }
  }

  /// Runs the destroy callbacks, frees or clears the contexts. Once, when no reference is left.
  ///
  /// @param isUsedAgain whether the contexts' instances are to be kept
  final void destroyed(boolean isUsedAgain) {
    Lifecycle lifecycle = this.lifecycle;
    if (lifecycle != null) {
      lifecycle.destroyed(isUsedAgain);
    }
  }

  /// Ends this life of an object that can be used again, and begins the next, with no children, no
  /// callbacks, and contexts zeroed in place. hot path
  ///
  /// If references are left it is deleted, and destroyed when the last of them goes; until then it
  /// cannot be used again ([#mayLive()]), and its next life begins with [#revived()].
  final void recycled() {
    Lifecycle lifecycle = this.lifecycle;
    if (lifecycle != null) {
      lifecycle.recycled();
    }
  }

  /// Whether it is alive, or destroyed so that another life may begin.
  final boolean mayLive() {
    Lifecycle lifecycle = this.lifecycle;
    return lifecycle == null || lifecycle.mayLive();
  }

  /// Begins another life of a deleted object.
  ///
  /// @return whether it had been deleted
  /// @throws IoMisuseException if its end is still under way
  final boolean revived() {
    Lifecycle lifecycle = this.lifecycle;
    return lifecycle != null && lifecycle.revived();
  }

  /// Whether users may touch a deleted object: its cleanup is under way, or they hold references.
  final boolean isHeldByUsers() {
    Lifecycle lifecycle = this.lifecycle;
    return lifecycle != null && lifecycle.isHeldByUsers();
  }

  private Lifecycle require(String what) {
    checkLife(what);
    Lifecycle lifecycle = this.lifecycle;
    if (lifecycle == null) {
      Lifecycle made = new Lifecycle(this);
      lifecycle = (Lifecycle) LIFECYCLE.compareAndExchange(this, (Lifecycle) null, made);
      if (lifecycle == null) {
        lifecycle = made;
      }
    }
    lifecycle.requireValid(what);
    return lifecycle;
  }
}
