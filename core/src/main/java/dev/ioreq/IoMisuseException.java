package dev.ioreq;

import java.util.Objects;

/// A rule of the contract was broken by the caller; nothing was changed.
///
/// Thrown at once in the calling thread: formatting or sending a request that is in flight, a
/// window beyond its memory, waiting on a thread that must not wait. [#status()] is the status WDF
/// gives or would give for it. The message of one that the [Verifier] throws names the rule and the
/// way out, and ends with what happened to the request lately.
///
/// Where there is no memory for a request, this exception says so too, with
/// [IoStatus#INSUFFICIENT_RESOURCES]; only [Verifier#failAllocationsAfter(long)] makes that happen.
public class IoMisuseException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  private final transient IoStatus status;

  /// A broken rule.
  ///
  /// @param status the status that names it
  /// @param message the value, the limit, the way out
  public IoMisuseException(IoStatus status, String message) {
    this(status, message, "");
  }

  IoMisuseException(IoStatus status, String message, String history) {
    super(
        message
            + " ["
            + status.name()
            + "]"
            + (history.isEmpty() ? "" : System.lineSeparator() + history));
    this.status = Objects.requireNonNull(status);
  }

  /// The status that names the broken rule.
  ///
  /// @return an error status
  public final IoStatus status() {
    return status;
  }
}
