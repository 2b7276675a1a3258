package dev.ioreq.several;

/// How a [FanOut] makes one information of those of its children. The status follows one rule for
/// all: the failure that came first in time wins, else it is a success.
public enum Gathering {
  /// All that was moved, wherever: for children whose windows lie apart.
  SUM,

  /// What was moved without a gap from the beginning, in the order in which the children were
  /// added: for one transfer cut into windows. The first child that failed or moved less than its
  /// window is the last one counted.
  ///
  /// [dev.ioreq.IoStatus#END_OF_FILE] of a child is the end of the data and no failure, unless the
  /// first child says so: as with one read, fewer bytes mean that the end was reached, and none is
  /// the end of the file.
  CONTIGUOUS_PREFIX,

  /// The least that a child moved: for the same bytes written to several targets. All of them have
  /// taken at least so much.
  LEAST
}
