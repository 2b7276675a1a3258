package dev.ioreq;

import dev.ioreq.trace.InFlightRecorder;
import dev.ioreq.trace.JfrRecording;
import dev.ioreq.trace.QueueDepthEvent;
import dev.ioreq.trace.Recorders;
import dev.ioreq.trace.RequestCancelledEvent;
import dev.ioreq.trace.RequestCompletedEvent;
import dev.ioreq.trace.RequestSentEvent;
import dev.ioreq.trace.RequestTimedOutEvent;
import dev.ioreq.trace.TargetStateChangedEvent;
import dev.ioreq.trace.TraceKind;
import org.jspecify.annotations.Nullable;

/// What is told of a target's requests: to its in-flight recorder always, to the JDK's recorder
/// while that records. Requests are told by their numbers.
final class TargetTrace {
  static {
    JfrRecording.isRunning(); // from here on it looks whether one does
  }

  private final IoTarget target;
  private final InFlightRecorder recorder;

  TargetTrace(IoTarget target) {
    this.target = target;
    recorder = newRecorder(target.name());
  }

  /// A recorder as large as the settings say.
  static InFlightRecorder newRecorder(String name) {
    return new InFlightRecorder(name, Verifier.recorderEvents(), RecordedNames.NAMES);
  }

  InFlightRecorder recorder() {
    return recorder;
  }

  /// Whether anything is recorded in this process: what nobody wants need not be put together. hot
  /// path
  static boolean isWanted() {
    return Recorders.isWanted();
  }

  /// A request was accepted, and is about to be delivered or held back. hot path: see
  /// TraceBenchmark
  ///
  /// @return to be given to [#completed] when the send ends; usually null
  @Nullable RequestCompletedEvent sent(long request, Frame frame, boolean isHeld) {
    recorder.event(
        TraceKind.SENT,
        request,
        TraceKind.operation(frame.type().value(), frame.length()),
        frame.deviceOffset());
    return JfrRecording.isRunning() ? begun(request, frame, isHeld) : null;
  }

  private @Nullable RequestCompletedEvent begun(long request, Frame frame, boolean isHeld) {
    if (RequestSentEvent.isWanted()) {
      RequestSentEvent.record(
          request, target.name(), operation(frame), frame.deviceOffset(), frame.length(), isHeld);
    }
    return RequestCompletedEvent.begun();
  }

  /// A send ends. Told before its status is published: afterwards the request may be on its way
  /// again. hot path
  void completed(long request, int statusCode, long information) {
    recorder.event(TraceKind.COMPLETED, request, statusCode, information);
  }

  /// The same for the JDK's recorder.
  void completed(
      RequestCompletedEvent event, long request, Frame frame, int statusCode, long information) {
    IoStatus status = IoStatus.of(statusCode);
    event.ended(
        request, target.name(), operation(frame), status.name(), status.errno(), information);
  }

  /// A send was refused.
  void refused(long request, IoStatus status) {
    recorder.event(TraceKind.REFUSED, request, status.code(), 0);
  }

  /// A request is held back, as one of so many.
  void held(long request, int held) {
    recorder.event(TraceKind.HELD, request, held, 0);
    depth(held);
  }

  /// A held request was handed to the device.
  void delivered(long request) {
    recorder.event(TraceKind.DELIVERED, request, 0, 0);
  }

  /// So many requests are held back now.
  void depth(int held) {
    if (JfrRecording.isRunning()) {
      QueueDepthEvent.record(target.name(), held);
    }
  }

  void cancelAsked(long request) {
    recorder.event(TraceKind.CANCEL_ASKED, request, 0, 0);
  }

  void cancelled(long request, boolean isDelivered) {
    recorder.event(TraceKind.CANCEL_DELIVERED, request, isDelivered ? 1 : 0, 0);
    if (JfrRecording.isRunning()) {
      RequestCancelledEvent.record(request, target.name(), isDelivered);
    }
  }

  void timedOut(long request) {
    recorder.event(TraceKind.TIMED_OUT, request, 0, 0);
    if (JfrRecording.isRunning()) {
      RequestTimedOutEvent.record(request, target.name());
    }
  }

  /// Something else happened to a request. hot path
  void event(TraceKind kind, long request) {
    recorder.event(kind, request, 0, 0);
  }

  void stateChanged(TargetState from, TargetState to, int inFlight, int held) {
    recorder.event(TraceKind.STATE_CHANGED, InFlightRecorder.ITSELF, from.value(), to.value());
    if (JfrRecording.isRunning()) {
      TargetStateChangedEvent.record(target.name(), from.name(), to.name(), inFlight, held);
    }
  }

  private static String operation(Frame frame) {
    return RecordedNames.NAMES.operation(frame.type().value());
  }
}
