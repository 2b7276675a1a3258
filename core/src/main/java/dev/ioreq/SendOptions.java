package dev.ioreq;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What a send does beside the usual. Immutable; make it once and use it for many sends.
///
/// Combinations that the contract forbids are refused by the send (`false`,
/// [IoStatus#INVALID_PARAMETER]): send and forget goes with no other option.
///
/// @param timeoutNanos how long after the target accepted the request its cancel is asked for, in
///   nanoseconds; 0 = no timeout
/// @param deadline the same as a point of the wall clock, which is followed when it is set; null =
///   none
/// @param isSynchronous whether the send returns only after completion
/// @param ignoresTargetState whether a stopped or purged target delivers it all the same
/// @param isSendAndForget whether a received request is passed on for good
/// @see "WDF_REQUEST_SEND_OPTIONS"
public record SendOptions(
    long timeoutNanos,
    @Nullable Instant deadline,
    boolean isSynchronous,
    boolean ignoresTargetState,
    boolean isSendAndForget) {

  private static final SendOptions NONE = new SendOptions(0, null, false, false, false);
  private static final SendOptions SYNCHRONOUS = new SendOptions(0, null, true, false, false);
  private static final SendOptions SEND_AND_FORGET = new SendOptions(0, null, false, false, true);

  /// Checks the values, not their combination.
  public SendOptions {
    if (timeoutNanos < 0) {
      throw new IllegalArgumentException(
          "timeout of " + timeoutNanos + " ns is negative; 0 means no timeout");
    }
  }

  /// Asynchronous, no timeout, the target's state is respected.
  ///
  /// @return the options of a plain send
  public static SendOptions none() {
    return NONE;
  }

  /// Asynchronous with a timeout, counted from when the target accepts the request. It is never
  /// over before its time, and some milliseconds after it; one of a second and more may be over up
  /// to a sixteenth later, at most a second.
  ///
  /// @param timeout from now, not negative; zero = none
  /// @return the options
  public static SendOptions timeout(Duration timeout) {
    return NONE.withTimeout(timeout);
  }

  /// The send returns after completion.
  ///
  /// @return the options
  public static SendOptions synchronous() {
    return SYNCHRONOUS;
  }

  /// Delivered even where the target is stopped or purged.
  ///
  /// @return the options
  public static SendOptions ignoreTargetState() {
    return NONE.withIgnoreTargetState();
  }

  /// The driver gives a received request away and will not complete it.
  ///
  /// @return the options
  public static SendOptions sendAndForget() {
    return SEND_AND_FORGET;
  }

  /// These options with a timeout.
  ///
  /// @param timeout from acceptance, as [#timeout(Duration)] says; not negative; zero = none; above
  ///   146 years means none
  /// @return new options
  public SendOptions withTimeout(Duration timeout) {
    Objects.requireNonNull(timeout, "timeout");
    long nanos;
    try {
      nanos = timeout.toNanos();
    } catch (ArithmeticException tooLong) {
      nanos = timeout.isNegative() ? -1 : 0;
    }
    return new SendOptions(nanos, null, isSynchronous, ignoresTargetState, isSendAndForget);
  }

  /// These options with a point of the wall clock in place of a timeout; one that is past expires
  /// at once.
  ///
  /// @param deadline when cancel is asked for
  /// @return new options
  public SendOptions withDeadline(Instant deadline) {
    return new SendOptions(
        0,
        Objects.requireNonNull(deadline, "deadline"),
        isSynchronous,
        ignoresTargetState,
        isSendAndForget);
  }

  /// These options, synchronous.
  ///
  /// @return new options
  public SendOptions withSynchronous() {
    return new SendOptions(timeoutNanos, deadline, true, ignoresTargetState, isSendAndForget);
  }

  /// These options, ignoring the target's state.
  ///
  /// @return new options
  public SendOptions withIgnoreTargetState() {
    return new SendOptions(timeoutNanos, deadline, isSynchronous, true, isSendAndForget);
  }

  boolean hasTimeout() {
    return timeoutNanos != 0 || deadline != null;
  }

  boolean isForbiddenCombination() {
    return isSendAndForget && (hasTimeout() || isSynchronous || ignoresTargetState);
  }
}
