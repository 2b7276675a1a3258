package dev.ioreq.bench.run;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// What ioreq aims at, as `docs/performance.md` words it.
public enum Goal {
  /// The bare ring beside C.
  G1,
  /// Cached reads through the public API beside C.
  G2,
  /// Cached reads beside fio.
  G3,
  /// Direct reads beside fio.
  G4,
  /// Reads beside `AsynchronousFileChannel`.
  G5,
  /// Synchronous cached reads beside `pread` and `FileChannel`.
  G6,
  /// Synchronous direct reads beside `pread`.
  G7,
  /// Virtual threads beside `FileChannel`.
  G8,
  /// The device stack.
  G9,
  /// Timeouts.
  G10,
  /// `ioctl`.
  G11,
  /// Sends from other threads.
  G12,
  /// `ioreq copy` beside other programs.
  G13,
  /// Other libraries.
  G14;

  /// Reads a list of goals.
  ///
  /// @param names `G2,G6`, in any case
  /// @return the goals
  /// @throws IllegalArgumentException if one is none
  static Set<Goal> parse(String names) {
    List<Goal> goals = new ArrayList<>();
    for (String name : names.split(",", -1)) {
      try {
        goals.add(valueOf(name.strip().toUpperCase(Locale.ROOT)));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "'%s' is no goal; they are G1 to G%d, separated by commas"
                .formatted(name, values().length),
            e);
      }
    }
    return EnumSet.copyOf(goals);
  }
}
