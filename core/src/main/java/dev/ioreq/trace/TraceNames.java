package dev.ioreq.trace;

/// Turns the numbers in recorded events into the words of those who recorded them. Asked only when
/// a dump is written.
public interface TraceNames {
  /// The name of a status.
  ///
  /// @param code its number
  /// @return for example `CANCELLED`
  String status(int code);

  /// The name of a state of a target.
  ///
  /// @param value its number
  /// @return for example `STOPPED`
  String state(int value);

  /// The name of an operation.
  ///
  /// @param type its number
  /// @return for example `read`
  String operation(int type);

  /// The name of a rule of the verifier.
  ///
  /// @param number its number
  /// @return for example `REQUEST_SENT_TWICE`
  String rule(int number);
}
