package dev.ioreq.cli.copy;

import dev.ioreq.log.Words;
import java.util.List;
import java.util.Optional;

/// How a copy ended.
///
/// @param source its name, as it was given
/// @param sourceEngine who read it
/// @param plannedBytes how much was to be copied
/// @param endBytes where the source ended; less than planned if it turned out to be shorter
/// @param bytesRead how many bytes were read from it, to be written; those skipped are not counted
/// @param sourceFailure why it could not be read to its end, for a person
/// @param sourceFailureOffset where that was, -1 if it was not
/// @param destinations how each fared, in the order they were given
/// @param skipped what could not be read and was written as zeroes, in order
/// @param hash the SHA-256 of what was read, in hexadecimal, if asked for and all was read
/// @param copySeconds how long the copy took, the flush included
/// @param isInterrupted whether somebody ended it early
/// @param fault what the program threw, if a fault of its own ended the copy or the verification
public record CopyReport(
    String source,
    String sourceEngine,
    long plannedBytes,
    long endBytes,
    long bytesRead,
    Optional<String> sourceFailure,
    long sourceFailureOffset,
    List<DestinationReport> destinations,
    List<Range> skipped,
    Optional<String> hash,
    double copySeconds,
    boolean isInterrupted,
    Optional<Throwable> fault) {

  /// All is done as asked.
  public static final int DONE = 0;

  /// Something could not be read, written, flushed or verified, or the program has a fault.
  public static final int FAILED = 1;

  /// Ended early by an interrupt.
  public static final int INTERRUPTED = 130;

  /// Whether the source gave fewer bytes than it had when the copy began.
  ///
  /// @return true if it ended early without a failed read
  public boolean isSourceShort() {
    return endBytes < plannedBytes && sourceFailure.isEmpty() && !isInterrupted && fault.isEmpty();
  }

  /// Whether it ended early because every destination failed, and the source did not.
  ///
  /// @return true if no destination was left to read for
  public boolean hasNoDestinationLeft() {
    return bytesRead < endBytes
        && sourceFailure.isEmpty()
        && skipped.isEmpty()
        && destinations.stream().allMatch(d -> d.state() == State.FAILED);
  }

  /// The fault in words.
  ///
  /// @return what was thrown says of itself; empty if nothing was
  public Optional<String> faultText() {
    return fault.map(Words::of);
  }

  /// The exit code of the command.
  ///
  /// @return 0, 1 or 130
  public int exitCode() {
    if (isInterrupted) {
      return INTERRUPTED;
    }
    boolean isDone =
        sourceFailure.isEmpty()
            && fault.isEmpty()
            && !isSourceShort()
            && skipped.isEmpty()
            && destinations.stream().allMatch(DestinationReport::isGood);
    return isDone ? DONE : FAILED;
  }

  /// How a destination fared.
  ///
  /// @param name as it was given
  /// @param engine who wrote it, `-` if it could not be opened
  /// @param state how it ended
  /// @param bytesWritten how many bytes were moved to it, holes not counted
  /// @param wholeUntil how far it has everything, from its beginning on
  /// @param statusName the name of the status that ended it, `SUCCESS` if none did
  /// @param message what failed, empty if nothing did
  /// @param isFlushed whether what was written reached stable storage, or the device has none
  /// @param verification what reading it back found
  public record DestinationReport(
      String name,
      String engine,
      State state,
      long bytesWritten,
      long wholeUntil,
      String statusName,
      String message,
      boolean isFlushed,
      Verification verification) {

    /// Whether everything asked for was done to it.
    ///
    /// @return true if it is complete and, if that was asked for, was found equal
    public boolean isGood() {
      return state == State.COMPLETE
          && (verification == Verification.NOT_ASKED || verification.isEqual());
    }
  }

  /// How the work on a destination ended.
  public enum State {
    /// It has all of the source.
    COMPLETE,
    /// It could not be opened, written or flushed.
    FAILED,
    /// The source could not be read to its end.
    SOURCE_FAILED,
    /// The copy was interrupted, or ended by a fault of the program.
    INTERRUPTED
  }
}
