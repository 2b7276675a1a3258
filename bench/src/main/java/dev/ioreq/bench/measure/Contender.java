package dev.ioreq.bench.measure;

/// One of those that are measured beside each other.
///
/// @param name as the table says it
/// @param least of requests that it does at once, from 1
/// @param work does a number of requests, one after another or several in flight, on the calling
///   thread
public record Contender(String name, long least, Work work) {
  /// A contender that does any number.
  ///
  /// @param name as the table says it
  /// @param work does a number of requests
  public Contender(String name, Work work) {
    this(name, 1, work);
  }

  /// A number of requests.
  @FunctionalInterface
  public interface Work {
    /// Does them all before it returns.
    ///
    /// @param requests how many, at least the least
    /// @throws Exception if one of them fails
    void run(long requests) throws Exception;
  }
}
