package dev.ioreq;

import dev.ioreq.trace.InFlightRecorder;
import dev.ioreq.trace.JfrRecording;
import dev.ioreq.trace.QueueDepthEvent;
import dev.ioreq.trace.TraceKind;

/// What is told of a queue's requests: to its device's in-flight recorder always, to the JDK's
/// recorder while that records.
final class QueueTrace {
  private final InFlightRecorder recorder;
  private final String name;

  QueueTrace(IoDevice device, String queue) {
    recorder = device.recorder();
    name = device.name() + ": " + queue;
  }

  /// A request waits, as one of so many.
  void queued(ReceivedRequest request, int waiting) {
    recorder.event(TraceKind.QUEUED, request.id(), waiting, 0);
    depth(waiting);
  }

  /// So many wait now.
  void depth(int waiting) {
    if (JfrRecording.isRunning()) {
      QueueDepthEvent.record(name, waiting);
    }
  }

  /// The driver gets a request, and has so many. hot path
  void presented(ReceivedRequest request, int owned) {
    recorder.event(TraceKind.PRESENTED, request.id(), owned, 0);
  }
}
