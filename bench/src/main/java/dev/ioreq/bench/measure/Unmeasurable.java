package dev.ioreq.bench.measure;

/// Something cannot be measured here; the message says what is missing, for the table.
public final class Unmeasurable extends Exception {
  private static final long serialVersionUID = 1L;

  /// What is missing.
  ///
  /// @param reason one line
  public Unmeasurable(String reason) {
    super(reason);
  }

  /// What is missing, and how that was seen.
  ///
  /// @param reason one line
  /// @param cause what was thrown
  public Unmeasurable(String reason, Throwable cause) {
    super(reason, cause);
  }

  /// Why something failed, in one line: as who could not measure says it, or else what was thrown
  /// first of all.
  ///
  /// @param thrown what was caught
  /// @return one line
  public static String reasonOf(Throwable thrown) {
    Throwable first = thrown;
    for (Throwable each = thrown; each != null; each = each.getCause()) {
      if (each instanceof Unmeasurable unmeasurable) {
        return unmeasurable.reason();
      }
      first = each;
    }
    return first.toString().replaceFirst("^[a-z.]*\\.(?=[A-Z])", "").lines().findFirst().orElse("");
  }

  /// The reason.
  ///
  /// @return one line
  public String reason() {
    String message = getMessage();
    return message == null ? "for an unknown reason" : message;
  }
}
