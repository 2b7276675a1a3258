package dev.ioreq;

import dev.ioreq.log.Log;
import dev.ioreq.log.Words;
import org.jspecify.annotations.Nullable;

/// What becomes of what a driver's callbacks throw, an error of the virtual machine too: it is
/// reported, a request that it leaves behind is ended, and nothing passes to whom the thread
/// belongs to.
final class CallbackFailures {
  private static final Log LOG = new Log("dev.ioreq");

  private CallbackFailures() {}

  /// Runs a callback; what it throws is reported.
  ///
  /// @param about whose it is
  static void guard(Object about, Runnable callback) {
    try {
      callback.run();
    } catch (Throwable e) {
      report(about, e);
    }
  }

  /// A handler threw. If the driver still had the request, that ends it.
  ///
  /// @param arrival of the request, as it was when the handler got it
  /// @param from the queue that the handler got it from; null in the caller's context
  /// @param status for what is no [IoRequestException]
  static void ofHandler(
      ReceivedRequest request,
      long arrival,
      @Nullable IoQueue from,
      Throwable cause,
      IoStatus status) {
    Object about = from != null ? from : request.device();
    boolean isEnded =
        cause instanceof IoRequestException e
            ? end(request, arrival, from, e.status(), e.information(), about)
            : end(request, arrival, from, status, 0, about);
    if (!(cause instanceof IoRequestException) || !isEnded) {
      report(about, cause);
    }
  }

  private static boolean end(
      ReceivedRequest request,
      long arrival,
      @Nullable IoQueue from,
      IoStatus status,
      long information,
      Object about) {
    try {
      return request.endAfterFailure(arrival, from, status, information);
    } catch (Throwable e) { // no status to end with, or its memory is in use
      report(about, e);
    }
    try {
      return request.endAfterFailure(arrival, from, IoStatus.UNSUCCESSFUL, 0);
    } catch (Throwable e) { // its memory: who uses it has to end it
      report(about, e);
      return false;
    }
  }

  /// Says that a callback threw. What a listener of the verifier's throws does not pass either.
  static void report(Object about, Throwable cause) {
    report("a callback", about, cause);
  }

  /// @param what of its callbacks
  static void report(String what, Object about, Throwable cause) {
    try {
      LOG.error("%s of %s threw".formatted(what, about), cause);
      Verifier.violated(
          VerifierRule.ROUTINE_THREW,
          about,
          IoStatus.UNSUCCESSFUL,
          "%s threw %s".formatted(what, Words.of(cause)));
    } catch (Throwable e) {
      LOG.error("a callback threw", cause);
      LOG.error("whose it was could not be told, or the verifier's listener failed", e);
    }
  }
}
