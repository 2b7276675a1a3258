package dev.ioreq.bench.rivals;

/// What one measurement of a process said.
///
/// @param requests how many ended
/// @param nanos by the clock
/// @param cpuNanos processor time of the process, or of the job where fio accounts for itself
/// @param allocatedBytes on the Java heap, by all threads
/// @param ioThreads threads of the operating system that carry virtual threads or do I/O
public record Sample(
    long requests, double nanos, double cpuNanos, long allocatedBytes, long ioThreads) {
  private static final double NANOS_PER_SECOND = 1e9;

  /// The line that a [Child] prints.
  ///
  /// @param line five numbers
  /// @return the sample
  static Sample parse(String line) {
    String[] numbers = line.strip().split(" ", -1);
    if (numbers.length != 5) {
      throw new IllegalArgumentException("'" + line + "' is no sample");
    }
    return new Sample(
        Long.parseLong(numbers[0]),
        Double.parseDouble(numbers[1]),
        Double.parseDouble(numbers[2]),
        Long.parseLong(numbers[3]),
        Long.parseLong(numbers[4]));
  }

  /// Processor time of one request.
  ///
  /// @return nanoseconds
  public double cpuPerRequest() {
    return cpuNanos / requests;
  }

  /// Requests in a second.
  ///
  /// @return by the clock
  public double perSecond() {
    return requests * NANOS_PER_SECOND / nanos;
  }

  /// What a request left on the heap.
  ///
  /// @return bytes
  public double bytesPerRequest() {
    return (double) allocatedBytes / requests;
  }
}
