package dev.ioreq;

import java.io.IOException;
import java.util.Objects;

/// A blocking call failed; carries how.
public class IoRequestException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient IoStatus status;

  /// Bytes moved all the same.
  private final long information;

  /// A failed call.
  ///
  /// @param status how the request ended
  /// @param information the bytes moved all the same
  /// @param message target, operation, offset and length
  public IoRequestException(IoStatus status, long information, String message) {
    super(message + ": " + status);
    this.status = Objects.requireNonNull(status);
    this.information = information;
  }

  /// How the request ended.
  ///
  /// @return a warning or an error
  public final IoStatus status() {
    return status;
  }

  /// How many bytes were moved although it failed.
  ///
  /// @return bytes, 0 or more
  public final long information() {
    return information;
  }
}
