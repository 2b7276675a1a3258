package dev.ioreq.bench;

import dev.ioreq.Access;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// One synchronous read of 4 KiB from the page cache, beside `FileChannel`; and one that another
/// thread carries out.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SynchronousReadBenchmark {
  /// Who carries out.
  @Param({"ring", "portable"})
  public String engine;

  private CachedFile file;
  private IoTarget zero;

  /// Makes and opens a file of 16 MiB.
  ///
  /// @throws IOException if the temporary folder takes none
  @Setup
  public void open() throws IOException {
    OpenOptions options = OpenOptions.of(Access.READ).withEngine(engine);
    file = new CachedFile(Path.of(System.getProperty("java.io.tmpdir")), options);
    zero = IoTarget.open("char:/dev/zero", options.withHandOver());
  }

  /// Closes and deletes.
  ///
  /// @throws IOException if it cannot be deleted
  @TearDown
  public void close() throws IOException {
    zero.close();
    file.close();
  }

  /// Through a request that goes to the engine's thread: what the two threads cost each other.
  ///
  /// @return bytes
  /// @throws IOException never
  @Benchmark
  public long handedOver() throws IOException {
    return zero.sendReadSynchronously(file.memory, 0);
  }

  /// Through a request.
  ///
  /// @return bytes
  /// @throws IOException never
  @Benchmark
  public long request() throws IOException {
    return file.target.sendReadSynchronously(file.memory, file.nextOffset());
  }

  /// Through a channel.
  ///
  /// @return bytes
  /// @throws IOException never
  @Benchmark
  public long channel() throws IOException {
    return file.channel.read(file.buffer(), file.nextOffset());
  }
}
