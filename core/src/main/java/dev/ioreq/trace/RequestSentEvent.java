package dev.ioreq.trace;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// A target accepted a request.
@Name("ioreq.RequestSent")
@Label("Request Sent")
@Description("A target accepted a request: it was delivered to the device, or held back")
@Category("ioreq")
@Enabled(false)
@StackTrace(false)
public final class RequestSentEvent extends Event {
  @Label("Request")
  long request;

  @Label("Target")
  String target = "";

  @Label("Operation")
  String operation = "";

  @Label("Device Offset")
  @DataAmount
  long deviceOffset;

  @Label("Length")
  @DataAmount
  long length;

  @Label("Held Back")
  @Description("Whether a stopped target keeps it until it is started")
  boolean held;

  /// Asked whether such events are wanted: a new object for each question would stay one.
  private static final RequestSentEvent ASKED = new RequestSentEvent();

  private RequestSentEvent() {}

  /// Whether a recording wants such events. Only while [JfrRecording#isRunning()]. hot path then
  ///
  /// @return true if so
  public static boolean isWanted() {
    return ASKED.isEnabled();
  }

  /// Records one. Only if [#isWanted()].
  ///
  /// @param request its number
  /// @param target its target's name
  /// @param operation what is to be done
  /// @param deviceOffset where on the device
  /// @param length bytes
  /// @param held whether it is held back
  public static void record(
      long request, String target, String operation, long deviceOffset, long length, boolean held) {
    RequestSentEvent event = new RequestSentEvent();
    if (event.shouldCommit()) {
      event.request = request;
      event.target = target;
      event.operation = operation;
      event.deviceOffset = deviceOffset;
      event.length = length;
      event.held = held;
      event.commit();
    }
  }
}
