package dev.ioreq;

/// The sender's bytes, as the driver of a received request sees them. The owner's.
final class ReceivedBuffers {
  private final ReceivedRequest request;
  private final ReceivedMemory input = new ReceivedMemory();
  private final ReceivedMemory output = new ReceivedMemory();

  ReceivedBuffers(ReceivedRequest request) {
    this.request = request;
  }

  IoMemory input(Frame frame, long minimumBytes) throws IoRequestException {
    if (frame.type() == RequestType.READ) {
      throw wrongDirection("input", "a read brings none; ask for its output");
    }
    requireLength("input", frame.inputLength(), minimumBytes);
    boolean isReadOnly =
        frame.type() == RequestType.WRITE
            || frame.isControlOf(BufferMethod.IN_DIRECT)
            || frame.isControlOf(BufferMethod.OUT_DIRECT);
    return input.of(
        frame.inputSegment(),
        frame.inputBase(),
        frame.inputLength(),
        isReadOnly,
        frame.ownsInput());
  }

  IoMemory output(Frame frame, long minimumBytes) throws IoRequestException {
    if (frame.type() == RequestType.WRITE) {
      throw wrongDirection("output", "a write takes none; ask for its input");
    }
    requireLength("output", frame.outputLength(), minimumBytes);
    boolean isReadOnly = frame.isControlOf(BufferMethod.IN_DIRECT);
    return output.of(
        frame.outputSegment(),
        frame.outputBase(),
        frame.outputLength(),
        isReadOnly,
        frame.ownsOutput());
  }

  private IoMisuseException wrongDirection(String what, String wayOut) {
    return Verifier.fatal(
        VerifierRule.WRONG_DIRECTION_RETRIEVED,
        request,
        IoStatus.INVALID_DEVICE_REQUEST,
        "cannot retrieve its %s: %s".formatted(what, wayOut));
  }

  private void requireLength(String what, long length, long minimumBytes)
      throws IoRequestException {
    if (length == 0 || length < minimumBytes) {
      throw new IoRequestException(
          IoStatus.BUFFER_TOO_SMALL,
          0,
          "the %s of %s has %d bytes; %d are needed"
              .formatted(what, request, length, Math.max(1, minimumBytes)));
    }
  }

  /// Refuses an end that the memory does not allow.
  void checkEnd(Frame frame, IoStatus status, long information) {
    if (status.equals(IoStatus.PENDING)) {
      throw new IoMisuseException(
          IoStatus.INVALID_PARAMETER,
          "cannot complete " + request + " as pending; keep it instead");
    }
    checkInformation(information);
    if (status.isSuccess() && Verifier.checks(VerifierRule.INFORMATION_TOO_LARGE)) {
      checkLimit(frame, information);
    }
  }

  private void checkLimit(Frame frame, long information) {
    long limit =
        switch (frame.type()) {
          case READ -> frame.outputLength();
          case WRITE -> frame.inputLength();
          case DEVICE_CONTROL -> frame.outputLength() == 0 ? Long.MAX_VALUE : frame.outputLength();
          default -> Long.MAX_VALUE;
        };
    if (information > limit) {
      throw Verifier.fatal(
          VerifierRule.INFORMATION_TOO_LARGE,
          request,
          IoStatus.INVALID_PARAMETER,
          "it is completed with information %d; its buffer has %d bytes"
              .formatted(information, limit));
    }
  }

  static void checkInformation(long information) {
    if (information < 0) {
      throw new IoMisuseException(
          IoStatus.INVALID_PARAMETER, "information " + information + " is negative");
    }
  }

  /// Refuses an end while another request is formatted with one of the memories.
  void requireReleased() {
    if (input.isHeld() || output.isHeld()) {
      throw Verifier.fatal(
          VerifierRule.COMPLETE_WHILE_MEMORY_HELD,
          request,
          IoStatus.INVALID_DEVICE_REQUEST,
          "another request is still formatted with its memory");
    }
  }

  void end() {
    input.end();
    output.end();
  }
}
