package dev.ioreq.lock;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// Handles for fields that are read and written by several threads. Kept in `static final` fields:
/// only then does the compiler see through them.
public final class FieldHandle {
  private FieldHandle() {}

  /// A field of the class that asks.
  ///
  /// @param lookup of that class
  /// @param name of the field
  /// @param type of the field
  /// @return its handle
  public static VarHandle of(MethodHandles.Lookup lookup, String name, Class<?> type) {
    return of(lookup, lookup.lookupClass(), name, type);
  }

  /// A field of a class nested in the one that asks.
  ///
  /// @param lookup of the class that asks
  /// @param owner the class that has the field
  /// @param name of the field
  /// @param type of the field
  /// @return its handle
  public static VarHandle of(
      MethodHandles.Lookup lookup, Class<?> owner, String name, Class<?> type) {
    try {
      return lookup.findVarHandle(owner, name, type);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(owner.getName() + " has its field " + name, e);
    }
  }
}
