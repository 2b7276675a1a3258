package dev.ioreq.trace;

/// Whether anybody records anything in this process: an in-flight recorder or the JDK's.
public final class Recorders {
  /*
   * One field instead of two, because it is read some seven times for a request, and as often again for each driver that
   * waits for one. Why it is plain: see JfrRecording. Both recorders tell this class, and it asks none of them: so the
   * initialization of no class waits for another's that waits for it.
   */
  private static boolean isWanted;
  private static boolean isInFlightWanted; // guarded by this class
  private static boolean isJfrWanted; // the same

  private Recorders() {}

  /// Whether anything is recorded: what nobody wants need not be put together. hot path
  ///
  /// @return false while nobody records
  public static boolean isWanted() {
    return isWanted;
  }

  static synchronized void wantInFlight(boolean isWanted) {
    isInFlightWanted = isWanted;
    combine();
  }

  static synchronized void wantJfr(boolean isWanted) {
    isJfrWanted = isWanted;
    combine();
  }

  private static void combine() {
    isWanted = isInFlightWanted || isJfrWanted;
  }
}
