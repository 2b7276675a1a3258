package dev.ioreq;

import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Names one kind of context that [IoObject]s can carry: data of the program's own, kept with a
/// request, a target, a memory, and found again in a completion routine.
///
/// **Effect.** The type is a key by identity: two types made alike are two types. So what one
/// driver keeps in an object is invisible to another that does not hold its type; keep it in a
/// `private static final` field.
///
/// **Shape.** A context begins zeroed: as `create` makes it, or, in an object that is used again
/// (received requests, memory of a pool), as `clear` leaves it. With `clear` such an object keeps
/// the instance, and giving it its context again allocates nothing.
///
/// **Threading.** `create` runs on the thread that asks for the context, with no lock held. When
/// two threads ask at once it may run on both, and one instance is kept for both. `clear` runs on
/// the thread that gives the object's last reference back.
///
/// ```java
/// private static final ContextType<Progress> PROGRESS =
///     ContextType.of("progress", Progress::new, Progress::clear);
///
/// request.context(PROGRESS).bytesLeft = length;
/// ```
///
/// @param <T> the class of the context
/// @see "WDF_DECLARE_CONTEXT_TYPE; framework object context space"
public final class ContextType<T> {
  private final String name;
  private final Supplier<T> create;
  private final @Nullable Consumer<? super T> clear;

  private ContextType(String name, Supplier<T> create, @Nullable Consumer<? super T> clear) {
    this.name = Objects.requireNonNull(name, "name");
    this.create = Objects.requireNonNull(create, "create");
    this.clear = clear;
  }

  /// A type whose contexts are made anew for every life of an object.
  ///
  /// @param <T> the class of the context
  /// @param name for messages
  /// @param create makes a zeroed context; not null
  /// @return a new type, equal to no other
  public static <T> ContextType<T> of(String name, Supplier<T> create) {
    return new ContextType<>(name, create, null);
  }

  /// A type whose contexts are kept and cleared when their object is used again.
  ///
  /// @param <T> the class of the context
  /// @param name for messages
  /// @param create makes a zeroed context; not null
  /// @param clear makes a used context as `create` makes it, and lets go of what it refers to. If
  ///   it throws, that is logged and the context is made anew
  /// @return a new type, equal to no other
  public static <T> ContextType<T> of(String name, Supplier<T> create, Consumer<? super T> clear) {
    return new ContextType<>(name, create, Objects.requireNonNull(clear, "clear"));
  }

  T create() {
    return Objects.requireNonNull(create.get(), () -> "create of " + this + " gave null");
  }

  /// Zeroes a used context.
  ///
  /// @return whether it is zeroed; if not, it must be made anew
  boolean clear(T used) {
    if (clear == null) {
      return false;
    }
    clear.accept(used);
    return true;
  }

  @Override
  public String toString() {
    return "context type " + name;
  }
}
