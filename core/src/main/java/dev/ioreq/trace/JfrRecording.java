package dev.ioreq.trace;

import jdk.jfr.FlightRecorder;
import jdk.jfr.FlightRecorderListener;
import jdk.jfr.Recording;
import jdk.jfr.RecordingState;

/// Whether the JDK's flight recorder is recording anything, and the events it is given then.
public final class JfrRecording {
  /*
   * A plain static field, which is false until a recording runs. Nothing else would do:
   *
   *   - an object of an event class that asks itself (isEnabled) is as fast in compiled code, but the first use of any
   *     event class starts the whole of JFR: 250 to 450 ms at the start of every program;
   *   - EventType.isEnabled() starts it as well;
   *   - a listener costs 1 to 4 ms once, and starts nothing.
   *
   * So the event classes are first touched when a recording runs, and then each is asked whether it is enabled: settings
   * may change while a recording runs, and nobody is told of that. Settings by name that were made before an event class
   * was known are kept by JFR and hold for it.
   *
   * The field is plain: it changes a few times in the life of a process, and every request has an atomic step, behind which
   * a thread sees it.
   */
  private static boolean isRunning;

  static {
    FlightRecorder.addListener(new Listener());
  }

  private JfrRecording() {}

  /// Whether some recording runs. Then it may want our events: ask the event class. hot path
  ///
  /// @return false without JFR
  public static boolean isRunning() {
    return isRunning;
  }

  private static final class Listener implements FlightRecorderListener {
    @Override
    public void recorderInitialized(FlightRecorder recorder) {
      look(recorder);
    }

    @Override
    public void recordingStateChanged(Recording recording) {
      look(FlightRecorder.getFlightRecorder());
    }

    private static synchronized void look(FlightRecorder recorder) {
      isRunning =
          recorder.getRecordings().stream().anyMatch(r -> r.getState() == RecordingState.RUNNING);
      Recorders.wantJfr(isRunning);
    }
  }
}
