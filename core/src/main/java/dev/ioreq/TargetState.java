package dev.ioreq;

/// What a target does with what is sent to it.
///
/// ```
///              stop                         purge
///   STARTED ──────────▶ STOPPED ──────────────────────▶ PURGED
///      ▲  ▲                │  ▲                            │ │
///      │  └─────start──────┘  └────────────stop────────────┘ │
///      └────────────────────start────────────────────────────┘
///
///   any of these ──closeForQueryRemove──▶ CLOSED_FOR_QUERY_REMOVE ──reopen──▶ STARTED
///   any of these ──close──▶ CLOSED ──reopen──▶ STARTED
/// ```
///
/// @see "WDF_IO_TARGET_STATE"
public enum TargetState {
  /// Sends are delivered.
  STARTED(1),
  /// Sends are accepted and held back until the target starts.
  STOPPED(2),
  /// Closed so that the device can leave; what is needed to open it again is kept.
  CLOSED_FOR_QUERY_REMOVE(3),
  /// Closed.
  CLOSED(4),
  /// Gone for good.
  DELETED(5),
  /// Sends are refused.
  PURGED(6);

  private final int value;

  TargetState(int value) {
    this.value = value;
  }

  /// The number of this state in WDF.
  ///
  /// @return the `WDF_IO_TARGET_STATE` value
  public int value() {
    return value;
  }

  static TargetState of(int value) {
    return switch (value) {
      case 1 -> STARTED;
      case 2 -> STOPPED;
      case 3 -> CLOSED_FOR_QUERY_REMOVE;
      case 4 -> CLOSED;
      case 5 -> DELETED;
      case 6 -> PURGED;
      default -> throw new AssertionError("a gate holds only the states above, not " + value);
    };
  }
}
