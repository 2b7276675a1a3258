package dev.ioreq.bench.measure;

/// One of those that are measured beside each other.
///
/// @param name as the table says it
/// @param work does a number of requests, one after another or several in flight, on the calling
///   thread
public record Contender(String name, Work work) {
  /// A number of requests.
  @FunctionalInterface
  public interface Work {
    /// Does them all before it returns.
    ///
    /// @param requests how many, at least 1
    /// @throws Exception if one of them fails
    void run(long requests) throws Exception;
  }
}
