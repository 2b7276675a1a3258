package dev.ioreq.trace;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// A send's timeout was over, and its cancel was asked for.
@Name("ioreq.RequestTimedOut")
@Label("Request Timed Out")
@Description("The timeout of a send was over, and its cancel was asked for")
@Category("ioreq")
@Enabled(false)
@StackTrace(false)
public final class RequestTimedOutEvent extends Event {
  @Label("Request")
  long request;

  @Label("Target")
  String target = "";

  private RequestTimedOutEvent() {}

  /// Records one, if such events are wanted. Only while [JfrRecording#isRunning()].
  ///
  /// @param request its number
  /// @param target its target's name
  public static void record(long request, String target) {
    RequestTimedOutEvent event = new RequestTimedOutEvent();
    if (event.shouldCommit()) {
      event.request = request;
      event.target = target;
      event.commit();
    }
  }
}
