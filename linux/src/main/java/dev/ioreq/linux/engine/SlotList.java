package dev.ioreq.linux.engine;

/// Which slots of a table are free. The table is made when the first slot is wanted. The engine's
/// thread only.
final class SlotList {
  private static final int NOT_MADE = -1;
  private static final int NONE = -1;

  private final int wanted;
  private int size = NOT_MADE;
  private int[] free = {};
  private int freeCount;

  SlotList(int wanted) {
    this.wanted = wanted;
  }

  int wanted() {
    return wanted;
  }

  boolean isMade() {
    return size != NOT_MADE;
  }

  /// Notes how large the table became.
  ///
  /// @param size 0 if there can be none
  void make(int size) {
    this.size = size;
    free = new int[size];
    for (int slot = size - 1; slot >= 0; slot--) {
      free[freeCount++] = slot;
    }
  }

  int size() {
    return size;
  }

  int used() {
    return isMade() ? size - freeCount : 0;
  }

  /// Takes a slot; -1 if there is none.
  int take() {
    return freeCount == 0 ? NONE : free[--freeCount];
  }

  void give(int slot) {
    free[freeCount++] = slot;
  }
}
