package dev.ioreq;

import java.util.Optional;

/// The synchronous conveniences of one target, beside the formatting: whose request is used, the
/// send, and what becomes of the request.
final class SynchronousCalls {
  private static final int PRIVATE_REQUESTS = 16;

  private final IoTarget target;

  /// For threads without a lane.
  private final PrivateRequests privateRequests = new PrivateRequests(PRIVATE_REQUESTS);

  SynchronousCalls(IoTarget target) {
    this.target = target;
  }

  /// Begins a call.
  ///
  /// @param given the caller's request
  /// @return that, or one of the target's
  IoRequest begin(Optional<IoRequest> given) { // hot path
    if (given.isPresent()) {
      return given.get();
    }
    IoRequest kept = target.traffic().lanes.takeKept();
    return kept != null ? kept : privateRequests.take();
  }

  /// Sends what was formatted, and waits.
  ///
  /// @return the information
  /// @throws IoRequestException if it was refused, or ended with a warning or an error
  long transact(IoRequest request, SendOptions options) throws IoRequestException { // hot path
    if (options.isSendAndForget()) {
      throw new IoMisuseException(
          IoStatus.INVALID_PARAMETER, "a synchronous call cannot be sent and forgotten");
    }
    request.forgetRoutine(); // the formatting has seen to it that the request is the caller's
    boolean isAccepted =
        request.send(target, options.isSynchronous() ? options : options.withSynchronous());
    long information = isAccepted ? request.information() : 0;
    if (!isAccepted || !request.hasSucceeded()) {
      throw new IoRequestException(
          request.statusUnchecked(),
          information,
          request.completedFrame().describe() + " at " + target.name());
    }
    return information;
  }

  /// Ends a call, whatever came of it.
  void end(Optional<IoRequest> given, IoRequest used) { // hot path
    if (!used.isPending()) {
      used.unformat();
      if (given.isEmpty()) {
        used.letGoOfLargeBuffers();
      }
    }
    if (given.isEmpty()) {
      if (!target.traffic().lanes.giveBackKept(used)) {
        privateRequests.giveBack(used);
      }
    }
  }

  /// The target is closed: what is kept for threads without a lane is closed as well.
  void close() {
    privateRequests.close();
  }
}
