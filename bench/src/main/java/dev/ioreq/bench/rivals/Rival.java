package dev.ioreq.bench.rivals;

import java.io.IOException;

/// Reads blocks of a file in its own way, a number of them in flight.
public interface Rival extends AutoCloseable {
  /// Reads blocks, each number of the work's order once.
  ///
  /// @param first number of the first
  /// @param count how many, at least as many as are in flight
  /// @throws Exception if a read fails or falls short
  void read(long first, long count) throws Exception;

  @Override
  void close() throws IOException;
}
