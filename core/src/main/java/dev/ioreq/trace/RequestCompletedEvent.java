package dev.ioreq.trace;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/// A send ended. Its duration is the time from the send to the end, before the completion routine
/// is called.
@Name("ioreq.RequestCompleted")
@Label("Request Completed")
@Description("A send ended; the duration is that from the send to the end")
@Category("ioreq")
@Enabled(false)
@StackTrace(false)
public final class RequestCompletedEvent extends Event {
  @Label("Request")
  long request;

  @Label("Target")
  String target = "";

  @Label("Operation")
  String operation = "";

  @Label("Status")
  String status = "";

  @Label("Error Number")
  @Description("What the operating system said; 0 if it said nothing")
  int errno;

  @Label("Information")
  @Description("Bytes moved, or what the control code says")
  long information;

  /// Asked whether such events are wanted: a new object for each question would stay one.
  private static final RequestCompletedEvent ASKED = new RequestCompletedEvent();

  private RequestCompletedEvent() {}

  /// Begins one at a send, if such events are wanted. Only while [JfrRecording#isRunning()].
  ///
  /// @return the event, for [#end]; null if it is not wanted
  public static @Nullable RequestCompletedEvent begun() {
    if (!ASKED.isEnabled()) {
      return null;
    }
    RequestCompletedEvent event = new RequestCompletedEvent();
    event.begin();
    return event;
  }

  /// Records it when the send has ended, if it is still wanted.
  ///
  /// @param request its number
  /// @param target its target's name
  /// @param operation what was done
  /// @param status the name of its status
  /// @param errno the operating system's number in it, or 0
  /// @param information how much
  public void ended(
      long request, String target, String operation, String status, int errno, long information) {
    end();
    if (shouldCommit()) {
      this.request = request;
      this.target = target;
      this.operation = operation;
      this.status = status;
      this.errno = errno;
      this.information = information;
      commit();
    }
  }
}
