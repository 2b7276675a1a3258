package dev.ioreq.trace;

/// What an event of the in-flight recorder says, and how its two numbers are to be read.
public enum TraceKind {
  /// A target accepted a request. [#operation(int, long)], and where on the device.
  SENT(0, "sent", Level.FREQUENT, Operand.OPERATION, Operand.OFFSET),
  /// A stopped target keeps it back; so many are kept.
  HELD(1, "held back", Level.RARE, Operand.COUNT, Operand.NONE),
  /// One that was held back was handed to the device.
  DELIVERED(2, "delivered", Level.RARE, Operand.NONE, Operand.NONE),
  /// A send was refused, with this status.
  REFUSED(3, "refused", Level.RARE, Operand.STATUS, Operand.NONE),
  /// Somebody asked for its cancel.
  CANCEL_ASKED(4, "cancel asked", Level.RARE, Operand.NONE, Operand.NONE),
  /// The device was told of it, or not.
  CANCEL_DELIVERED(5, "cancel delivered", Level.RARE, Operand.YES_NO, Operand.NONE),
  /// Its timeout was over.
  TIMED_OUT(6, "timeout expired", Level.RARE, Operand.NONE, Operand.NONE),
  /// The send ended, with this status and information.
  COMPLETED(7, "completed", Level.FREQUENT, Operand.STATUS, Operand.BYTES),
  /// Its completion routine is called.
  ROUTINE_CALLED(8, "routine called", Level.DETAIL, Operand.NONE, Operand.NONE),
  /// Its completion routine came back.
  ROUTINE_RETURNED(9, "routine returned", Level.DETAIL, Operand.NONE, Operand.NONE),
  /// Its completion routine threw.
  ROUTINE_THREW(10, "routine threw", Level.RARE, Operand.NONE, Operand.NONE),
  /// The target went from this state to that one.
  STATE_CHANGED(11, "state changed", Level.RARE, Operand.STATE, Operand.STATE),
  /// A received request came into a queue; so many are in it.
  QUEUED(12, "queued", Level.FREQUENT, Operand.COUNT, Operand.NONE),
  /// A queue gave it to the driver, which has so many now.
  PRESENTED(13, "presented", Level.DETAIL, Operand.COUNT, Operand.NONE),
  /// The driver handed it to another queue; with this status.
  FORWARDED(14, "forwarded", Level.RARE, Operand.STATUS, Operand.NONE),
  /// The driver put it back at the head of its queue; with this status.
  REQUEUED(15, "requeued", Level.RARE, Operand.STATUS, Operand.NONE),
  /// The driver made it cancelable; with this status.
  MARKED(16, "marked cancelable", Level.RARE, Operand.STATUS, Operand.NONE),
  /// The driver took that back; with this status.
  UNMARKED(17, "unmarked", Level.RARE, Operand.STATUS, Operand.NONE),
  /// The driver sent it on and does not want to hear of it again.
  FORGOTTEN(18, "sent and forgotten", Level.FREQUENT, Operand.OPERATION, Operand.OFFSET),
  /// The driver answered the stop of its queue for this request: back to the queue, or kept.
  STOP_ACKNOWLEDGED(19, "stop acknowledged", Level.RARE, Operand.YES_NO, Operand.NONE),
  /// Its owner made it as new.
  REUSED(20, "reused", Level.DETAIL, Operand.STATUS, Operand.NONE),
  /// A rule of the verifier was broken.
  VIOLATED(21, "violated", Level.RARE, Operand.RULE, Operand.NONE);

  /// How often a kind comes, which decides when it is recorded and how exact its time is.
  enum Level {
    /// Always recorded, with its exact time.
    RARE,
    /// Always recorded; see [InFlightRecorder] for its time.
    FREQUENT,
    /// Recorded only when all details are wanted.
    DETAIL
  }

  /// How a number is to be read.
  enum Operand {
    NONE,
    STATUS,
    STATE,
    OPERATION,
    OFFSET,
    BYTES,
    COUNT,
    YES_NO,
    RULE
  }

  private static final int TYPE_SHIFT = 56;
  private static final long LENGTH = (1L << TYPE_SHIFT) - 1;
  private static final TraceKind[] BY_NUMBER = values();

  final int number; // in the recorder: the place in this list
  private final String text;
  private final Operand first;
  private final Operand second;
  final boolean isFrequent;
  final boolean isDetail;

  TraceKind(int number, String text, Level level, Operand first, Operand second) {
    this.number = number;
    this.text = text;
    this.first = first;
    this.second = second;
    isFrequent = level != Level.RARE;
    isDetail = level == Level.DETAIL;
  }

  /// Packs what is to be done into one number.
  ///
  /// @param type the operation's number, 0..255
  /// @param length bytes, 0 or more
  /// @return the first number of [#SENT] and [#FORGOTTEN]
  public static long operation(int type, long length) {
    return (long) type << TYPE_SHIFT | Math.min(length, LENGTH);
  }

  static TraceKind of(int number) {
    return BY_NUMBER[number];
  }

  /// One event in words.
  String describe(long a, long b, TraceNames names) {
    StringBuilder line = new StringBuilder(text);
    append(line, first, a, names);
    if (this == STATE_CHANGED) {
      line.append(" to");
    }
    append(line, second, b, names);
    return line.toString();
  }

  private static void append(StringBuilder line, Operand operand, long value, TraceNames names) {
    switch (operand) {
      case NONE -> {}
      case STATUS -> line.append(' ').append(names.status((int) value));
      case STATE -> line.append(' ').append(names.state((int) value));
      case OPERATION ->
          line.append(' ')
              .append(names.operation((int) (value >>> TYPE_SHIFT)))
              .append(" of ")
              .append(value & LENGTH)
              .append(" bytes");
      case OFFSET -> line.append(" at ").append(value);
      case BYTES -> line.append(", information ").append(value);
      case COUNT -> line.append(" (").append(value).append(')');
      case YES_NO -> line.append(value != 0 ? ": yes" : ": no");
      case RULE -> line.append(' ').append(names.rule((int) value));
    }
  }

  @Override
  public String toString() {
    return text;
  }
}
