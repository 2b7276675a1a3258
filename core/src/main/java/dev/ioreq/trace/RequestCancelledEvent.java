package dev.ioreq.trace;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;

/// Somebody asked for the cancel of a request in flight. With the stack of who asked.
@Name("ioreq.RequestCancelled")
@Label("Request Cancelled")
@Description("Somebody asked for the cancel of a request in flight")
@Category("ioreq")
@Enabled(false)
public final class RequestCancelledEvent extends Event {
  @Label("Request")
  long request;

  @Label("Target")
  String target = "";

  @Label("Delivered")
  @Description("Whether the device took the cancel")
  boolean delivered;

  private RequestCancelledEvent() {}

  /// Records one, if such events are wanted. Only while [JfrRecording#isRunning()].
  ///
  /// @param request its number
  /// @param target its target's name
  /// @param delivered whether the device took the cancel
  public static void record(long request, String target, boolean delivered) {
    RequestCancelledEvent event = new RequestCancelledEvent();
    if (event.shouldCommit()) {
      event.request = request;
      event.target = target;
      event.delivered = delivered;
      event.commit();
    }
  }
}
