package dev.ioreq.bench;

import dev.ioreq.Access;
import dev.ioreq.OpenOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Synchronous transfers of 4 KiB by way of the cache in a virtual thread, beside `FileChannel`,
/// where the file system says whether it would have to wait (reads of ext4), does not (its writes;
/// all of an overlay, `-p folder=…`), or is in memory.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@OperationsPerInvocation(VirtualThreadBenchmark.TRANSFERS)
public class VirtualThreadBenchmark {
  static final int TRANSFERS = 1000;

  /// Where the file is made.
  @Param({"/var/tmp", "/dev/shm"})
  public String folder;

  private CachedFile file;

  /// Makes and opens a file of 16 MiB.
  ///
  /// @throws IOException if the folder takes none
  @Setup
  public void open() throws IOException {
    file = new CachedFile(Path.of(folder), OpenOptions.of(Access.READ_WRITE));
  }

  /// Closes and deletes.
  ///
  /// @throws IOException if it cannot be deleted
  @TearDown
  public void close() throws IOException {
    file.close();
  }

  /// Reads through requests.
  ///
  /// @return bytes of the last
  /// @throws Exception never
  @Benchmark
  public long requestRead() throws Exception {
    return inVirtualThread(() -> file.target.sendReadSynchronously(file.memory, file.nextOffset()));
  }

  /// Reads through a channel.
  ///
  /// @return bytes of the last
  /// @throws Exception never
  @Benchmark
  public long channelRead() throws Exception {
    return inVirtualThread(() -> (long) file.channel.read(file.buffer(), file.nextOffset()));
  }

  /// Writes through requests.
  ///
  /// @return bytes of the last
  /// @throws Exception never
  @Benchmark
  public long requestWrite() throws Exception {
    return inVirtualThread(
        () -> file.target.sendWriteSynchronously(file.memory, file.nextOffset()));
  }

  /// Writes through a channel.
  ///
  /// @return bytes of the last
  /// @throws Exception never
  @Benchmark
  public long channelWrite() throws Exception {
    return inVirtualThread(() -> (long) file.channel.write(file.buffer(), file.nextOffset()));
  }

  private static long inVirtualThread(Callable<Long> transfer) throws Exception {
    FutureTask<Long> all =
        new FutureTask<>(() -> {
          long last = 0;
          for (int i = 0; i < TRANSFERS; i++) {
            last = transfer.call();
          }
          return last;
        });
    Thread.ofVirtual().start(all);
    return all.get();
  }
}
