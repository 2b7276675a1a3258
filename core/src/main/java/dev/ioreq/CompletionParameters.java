package dev.ioreq;

import org.jspecify.annotations.Nullable;

/// What a completion routine is told: how the request ended and what it was.
///
/// A view that belongs to its request: it shows the last send until the request is formatted anew
/// or reused, when its type becomes [RequestType#NO_FORMAT]. Reading it allocates nothing.
///
/// @see "WDF_REQUEST_COMPLETION_PARAMS"
public final class CompletionParameters {
  private final IoRequest request;

  CompletionParameters(IoRequest request) {
    this.request = request;
  }

  /// What kind of operation it was.
  ///
  /// @return the type
  public RequestType type() {
    return request.completedType();
  }

  /// How it ended.
  ///
  /// @return the status, after "cancelled by its timeout" became [IoStatus#IO_TIMEOUT]
  public IoStatus status() {
    return request.status();
  }

  /// How much it moved.
  ///
  /// @return bytes, or what the control code says; 0 or more
  public long information() {
    return request.information();
  }

  /// The memory that was read from: of a write or a device control.
  ///
  /// @return what was formatted, [IoMemory#none()] if nothing
  public IoMemory input() {
    return frame().inputMemory();
  }

  /// Where in it the window begins.
  ///
  /// @return bytes
  public long inputOffset() {
    return frame().inputWindowOffset();
  }

  /// The memory that was written to: of a read or a device control.
  ///
  /// @return what was formatted, [IoMemory#none()] if nothing
  public IoMemory output() {
    return frame().outputMemory();
  }

  /// Where in it the window begins.
  ///
  /// @return bytes
  public long outputOffset() {
    return frame().outputWindowOffset();
  }

  /// Where on the device a read or write began.
  ///
  /// @return bytes
  public long deviceOffset() {
    return frame().deviceOffset();
  }

  /// The control code.
  ///
  /// @return the code
  /// @throws IllegalStateException if it was not a device control
  public ControlCode controlCode() {
    return frame().controlCode();
  }

  /// The first argument of an internal device control with three.
  ///
  /// @return what was formatted
  public @Nullable Object argument1() {
    return frame().argument1();
  }

  /// The second.
  ///
  /// @return what was formatted
  public @Nullable Object argument2() {
    return frame().argument2();
  }

  /// The third, which WDF numbers 4.
  ///
  /// @return what was formatted
  public @Nullable Object argument4() {
    return frame().argument4();
  }

  /// What was registered together with the completion routine.
  ///
  /// @return the context, null if none was given
  public @Nullable Object context() {
    return request.routineContext();
  }

  private Frame frame() {
    return request.completedFrame();
  }

  @Override
  public String toString() {
    return "%s, information %d, %s".formatted(type(), information(), status());
  }
}
