package dev.ioreq.trace;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// The number of requests that wait changed: in a queue of a device, or at a stopped target.
@Name("ioreq.QueueDepth")
@Label("Queue Depth")
@Description("The number of requests that wait in a queue, or at a stopped target, changed")
@Category("ioreq")
@Enabled(false)
@StackTrace(false)
public final class QueueDepthEvent extends Event {
  @Label("Queue")
  String queue = "";

  @Label("Depth")
  int depth;

  private QueueDepthEvent() {}

  /// Records one, if such events are wanted. Only while [JfrRecording#isRunning()].
  ///
  /// @param queue the name of the queue or target
  /// @param depth how many wait now
  public static void record(String queue, int depth) {
    QueueDepthEvent event = new QueueDepthEvent();
    if (event.shouldCommit()) {
      event.queue = queue;
      event.depth = depth;
      event.commit();
    }
  }
}
