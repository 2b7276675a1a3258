package dev.ioreq;

import dev.ioreq.log.Log;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The part of an [IoObject] that only objects with contexts, relatives, callbacks or extra
/// references have. May be used from any thread.
final class Lifecycle {
  /*
   *              cleanUp              deleted: own reference goes        last reference goes
   *    ALIVE ──────────────▶ CLEANING ──────────────────────▶ DELETED ──────────────────────▶ DESTROYING ─▶ DESTROYED
   *      ▲     children,                                          │                             callbacks,      │
   *      │     callbacks                                          │ revived: a target           contexts        │
   *      └────────────────────────────────────────────────────────┴──────────── recycled, revived ──────────────┘
   *
   * references counts the object's own (in ALIVE and CLEANING) and those that users took. It is 0 from the step on that
   * calls handleGone(): memory then gives back the one reference that stands for its users, and is destroyed when its own
   * count, which has the formatted requests too, is 0.
   *
   * phase and references change under lock, so that each step is taken once, and by one thread. They are volatile for
   * those who only look. No lock is held while foreign code runs, and never two locks.
   *
   * Parent and child: siblings are linked under the parent's lock. setParent writes parent and then, under that lock,
   * looks at the child's phase; the child's end writes phase and then looks at parent. One of the two sees the other, so a
   * dead child is never left in a list.
   *
   * Contexts are a list of slots, one for a type; finding one takes no lock. In DESTROYING the one thread that took that
   * step has them for itself, and the next step publishes what it did.
   */
  private static final Log LOG = new Log("dev.ioreq");

  private enum Phase {
    ALIVE,
    CLEANING,
    DELETED,
    DESTROYING,
    DESTROYED
  }

  private final IoObject owner;
  private final ReentrantLock lock = new ReentrantLock();

  private volatile Phase phase = Phase.ALIVE; // written under lock
  private volatile int references = 1; // written under lock
  private volatile @Nullable ContextSlot<?> contexts; // written under lock

  private volatile @Nullable Lifecycle parent; // written under lock
  private @Nullable Lifecycle firstChild; // guarded by lock
  private @Nullable Lifecycle nextSibling; // guarded by the parent's lock
  private @Nullable Lifecycle previousSibling; // guarded by the parent's lock
  private boolean isLinked; // guarded by the parent's lock

  // grow under lock in the phases that allow it; read without, in the one phase that runs them
  private final List<Consumer<? super IoObject>> cleanups = new ArrayList<>(0);
  private final List<Consumer<? super IoObject>> destroys = new ArrayList<>(0);

  Lifecycle(IoObject owner) {
    this.owner = owner;
  }

  static IoMisuseException tooManyDereferences(IoObject object) {
    return Verifier.fatal(
        VerifierRule.DEREFERENCED_TOO_OFTEN,
        object,
        IoStatus.INVALID_DEVICE_REQUEST,
        "cannot dereference it: every reference taken was given back");
  }

  // ------------------------------------------------------------------ who may

  /// Whether users may touch a deleted object.
  boolean isHeldByUsers() {
    Phase seen = phase;
    return seen == Phase.CLEANING || (seen == Phase.DELETED && references > 0);
  }

  boolean isCleaningUp() {
    return phase == Phase.CLEANING;
  }

  void requireValid(String what) {
    boolean isValid = phase == Phase.ALIVE ? !owner.hasEnded() : isHeldByUsers();
    if (!isValid) {
      throw gone(what);
    }
  }

  private IoMisuseException gone(String what) {
    return Verifier.fatal(
        VerifierRule.USE_AFTER_CLOSE,
        owner,
        IoStatus.INVALID_DEVICE_REQUEST,
        "cannot %s it: it is deleted, and nobody holds a reference".formatted(what));
  }

  // ------------------------------------------------------------------ contexts

  /// The context of a type if there is one. hot path
  <T> @Nullable T context(ContextType<T> type) {
    ContextSlot<T> slot = ContextSlot.find(contexts, type);
    return slot == null ? null : slot.value();
  }

  <T> T addContext(ContextType<T> type) {
    T made = null;
    while (true) {
      lock.lock();
      try {
        requireValid("add a context to");
        ContextSlot<T> slot = ContextSlot.find(contexts, type);
        if (slot == null) {
          slot = new ContextSlot<>(type, contexts);
          contexts = slot;
        }
        T value = slot.valueOr(made);
        if (value != null) {
          return value;
        }
      } finally {
        lock.unlock();
      }
      AllocationFaults.allocating("a context");
      made = type.create(); // foreign code: no lock
    }
  }

  // ------------------------------------------------------------------ parent and children

  Optional<IoObject> parent() {
    Lifecycle parent = this.parent;
    return parent == null ? Optional.empty() : Optional.of(parent.owner);
  }

  void setParent(Lifecycle above) {
    for (Lifecycle ancestor = above; ancestor != null; ancestor = ancestor.parent) {
      if (ancestor == this) {
        throw refusedParent(above, "it is that object or an ancestor of it");
      }
    }
    lock.lock();
    try {
      if (parent != null) {
        throw refusedParent(above, "it has a parent, which stays");
      }
      parent = above;
    } finally {
      lock.unlock();
    }
    if (!above.link(this)) {
      parent = null;
      throw refusedParent(above, "one of the two is deleted");
    }
  }

  private IoMisuseException refusedParent(Lifecycle above, String why) {
    return new IoMisuseException(
        IoStatus.INVALID_DEVICE_REQUEST,
        "%s cannot become a child of %s: %s".formatted(owner, above.owner, why));
  }

  private boolean link(Lifecycle child) {
    lock.lock();
    try {
      if (phase != Phase.ALIVE || child.phase != Phase.ALIVE) {
        return false;
      }
      Lifecycle first = firstChild;
      child.nextSibling = first;
      child.isLinked = true;
      if (first != null) {
        first.previousSibling = child;
      }
      firstChild = child;
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void unlink(Lifecycle child) {
    lock.lock();
    try {
      unlinkLocked(child);
    } finally {
      lock.unlock();
    }
  }

  private void unlinkLocked(Lifecycle child) {
    if (!child.isLinked) {
      return;
    }
    Lifecycle next = child.nextSibling;
    Lifecycle previous = child.previousSibling;
    if (next != null) {
      next.previousSibling = previous;
    }
    if (previous != null) {
      previous.nextSibling = next;
    } else {
      firstChild = next;
    }
    child.nextSibling = null;
    child.previousSibling = null;
    child.isLinked = false;
  }

  private @Nullable Lifecycle takeChild() {
    lock.lock();
    try {
      Lifecycle child = firstChild;
      if (child != null) {
        unlinkLocked(child);
      }
      return child;
    } finally {
      lock.unlock();
    }
  }

  // ------------------------------------------------------------------ references and callbacks

  void onCleanup(Consumer<? super IoObject> callback) {
    lock.lock();
    try {
      if (phase != Phase.ALIVE) {
        throw gone("register a cleanup callback with");
      }
      cleanups.add(callback);
    } finally {
      lock.unlock();
    }
  }

  void onDestroy(Consumer<? super IoObject> callback) {
    lock.lock();
    try {
      requireValid("register a destroy callback with");
      destroys.add(callback);
    } finally {
      lock.unlock();
    }
  }

  void reference() {
    lock.lock();
    try {
      requireValid("take a reference to");
      references = Math.addExact(references, 1);
    } finally {
      lock.unlock();
    }
  }

  void dereference() {
    lock.lock();
    try {
      boolean hasOwn = phase == Phase.ALIVE || phase == Phase.CLEANING;
      if (references <= (hasOwn ? 1 : 0)) {
        throw tooManyDereferences(owner);
      }
      int left = references - 1;
      references = left;
      if (left > 0) {
        return;
      }
    } finally {
      lock.unlock();
    }
    owner.handleGone();
  }

  // ------------------------------------------------------------------ the end

  void cleanUp() {
    if (!step(Phase.ALIVE, Phase.CLEANING)) {
      return;
    }
    Lifecycle above = parent;
    if (above != null) {
      above.unlink(this);
    }
    for (Lifecycle child = takeChild(); child != null; child = takeChild()) {
      try {
        child.owner.deleteWithParent();
      } catch (Throwable e) { // a target, on a thread that must not wait
        LOG.error(child.owner + " cannot be deleted with " + owner, e);
      }
    }
    run(cleanups, "cleanup");
  }

  void deleted() {
    cleanUp();
    if (giveBackOwn()) {
      owner.handleGone();
    }
  }

  /// Gives the object's own reference back.
  ///
  /// @return whether it was the last
  private boolean giveBackOwn() {
    lock.lock();
    try {
      if (phase != Phase.CLEANING) {
        return false; // this life has ended before
      }
      phase = Phase.DELETED;
      int left = references - 1;
      references = left;
      return left == 0;
    } finally {
      lock.unlock();
    }
  }

  void destroyed(boolean isUsedAgain) {
    lock.lock();
    try {
      if (phase != Phase.DELETED) {
        return; // made too late, by somebody who was told that the object is deleted
      }
      phase = Phase.DESTROYING;
    } finally {
      lock.unlock();
    }
    run(destroys, "destroy");
    ContextSlot.dropAll(contexts, isUsedAgain);
    lock.lock();
    try {
      if (!isUsedAgain) {
        contexts = null;
      }
      parent = null;
      phase = Phase.DESTROYED;
    } finally {
      lock.unlock();
    }
  }

  void recycled() {
    cleanUp();
    if (giveBackOwn()) {
      destroyed(true);
      revived();
    }
  }

  boolean mayLive() {
    Phase seen = phase;
    return seen == Phase.ALIVE || seen == Phase.DESTROYED;
  }

  boolean revived() {
    lock.lock();
    try {
      return switch (phase) {
        case ALIVE -> false;
        case DELETED, DESTROYED -> {
          int extra = references; // users hold them since before
          references = 1 + extra;
          parent = null;
          phase = Phase.ALIVE;
          yield true;
        }
        case CLEANING, DESTROYING ->
            throw new IoMisuseException(IoStatus.INVALID_DEVICE_STATE, owner + " is being deleted");
      };
    } finally {
      lock.unlock();
    }
  }

  private boolean step(Phase from, Phase to) {
    lock.lock();
    try {
      boolean isTaken = phase == from;
      if (isTaken) {
        phase = to;
      }
      return isTaken;
    } finally {
      lock.unlock();
    }
  }

  /// Runs and forgets callbacks, in a phase in which none is added.
  private void run(List<Consumer<? super IoObject>> callbacks, String kind) {
    for (int i = 0; i < callbacks.size(); i++) {
      try {
        callbacks.get(i).accept(owner);
      } catch (Throwable e) {
        LOG.error("a " + kind + " callback of " + owner + " threw", e);
      }
    }
    callbacks.clear();
  }
}
