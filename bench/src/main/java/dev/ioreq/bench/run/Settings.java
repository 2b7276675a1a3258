package dev.ioreq.bench.run;

import dev.ioreq.bench.measure.SliceRace;
import dev.ioreq.bench.rivals.ReadWork;
import dev.ioreq.bench.rivals.Rounds;
import dev.ioreq.bench.rivals.TestFile;
import java.io.IOException;
import java.nio.file.Path;

/// How long, how often and where to measure.
///
/// @param isQuick whether in some minutes, at the price of steadiness
/// @param folder where the file lies that is read, and copies are written; exists
/// @param root the checkout, whose scripts are run
public record Settings(boolean isQuick, Path folder, Path root) {
  private static final int BLOCK_BYTES = 4096;
  private static final long MILLI = 1_000_000;
  private static final long FILE_BYTES = 1L << 30;

  /// Slices in this process.
  ///
  /// @return a race
  public SliceRace slices() {
    return isQuick
        ? new SliceRace(25, 4 * MILLI, 400 * MILLI)
        : new SliceRace(101, 4 * MILLI, 1500 * MILLI);
  }

  /// Slices of work that waits for a disk.
  ///
  /// @return a race
  public SliceRace longSlices() {
    return isQuick
        ? new SliceRace(15, 20 * MILLI, 400 * MILLI)
        : new SliceRace(41, 20 * MILLI, 1500 * MILLI);
  }

  /// Processes that take turns.
  ///
  /// @return rounds
  public Rounds rounds() {
    return isQuick ? new Rounds(3, 1500, 250) : new Rounds(5, 8000, 800);
  }

  /// The file of 1 GiB that is read; made when it is not there.
  ///
  /// @return its path
  /// @throws IOException if it cannot be made
  public Path file() throws IOException {
    Path file = folder.resolve("ioreq-read.img");
    TestFile.make(file, FILE_BYTES);
    return file;
  }

  /// Reads of that file, or of a device with the same bytes.
  ///
  /// @return the work
  public static ReadWork reads(Path file, int depth, boolean isDirect) {
    return new ReadWork(file, BLOCK_BYTES, FILE_BYTES / BLOCK_BYTES, depth, isDirect);
  }
}
