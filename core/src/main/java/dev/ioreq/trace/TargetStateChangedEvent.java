package dev.ioreq.trace;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;

/// A target was started, stopped, purged, closed or opened again. With the stack of who did it.
@Name("ioreq.TargetStateChanged")
@Label("Target State Changed")
@Description("A target was started, stopped, purged, closed or opened again")
@Category("ioreq")
@Enabled(false)
public final class TargetStateChangedEvent extends Event {
  @Label("Target")
  String target = "";

  @Label("From")
  String from = "";

  @Label("To")
  String to = "";

  @Label("In Flight")
  int inFlight;

  @Label("Held Back")
  int held;

  private TargetStateChangedEvent() {}

  /// Records one, if such events are wanted. Only while [JfrRecording#isRunning()].
  ///
  /// @param target its name
  /// @param from the state before
  /// @param to the state now
  /// @param inFlight requests in flight at that moment
  /// @param held requests held back before
  public static void record(String target, String from, String to, int inFlight, int held) {
    TargetStateChangedEvent event = new TargetStateChangedEvent();
    if (event.shouldCommit()) {
      event.target = target;
      event.from = from;
      event.to = to;
      event.inFlight = inFlight;
      event.held = held;
      event.commit();
    }
  }
}
