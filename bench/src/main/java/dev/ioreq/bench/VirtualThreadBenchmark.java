package dev.ioreq.bench;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoTarget;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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

  private static final int BLOCK = 4096;
  private static final int BLOCKS = 4096;

  /// Where the file is made.
  @Param({"/var/tmp", "/dev/shm"})
  public String folder;

  private Path file;
  private IoTarget target;
  private IoMemory memory;
  private FileChannel channel;
  private ByteBuffer buffer;
  private int next;

  /// Makes and opens a file of 16 MiB.
  ///
  /// @throws IOException if the folder takes none
  @Setup
  public void open() throws IOException {
    file = Files.createTempFile(Path.of(folder), "ioreq", ".bench");
    Files.write(file, new byte[BLOCK * BLOCKS]);
    target = IoTarget.open("file:" + file, Access.READ_WRITE);
    memory = IoMemory.allocate(BLOCK);
    channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    buffer = ByteBuffer.allocateDirect(BLOCK);
  }

  /// Closes and deletes.
  ///
  /// @throws IOException if it cannot be deleted
  @TearDown
  public void close() throws IOException {
    target.close();
    memory.close();
    channel.close();
    Files.delete(file);
  }

  /// Reads through requests.
  ///
  /// @return bytes of the last
  /// @throws Exception never
  @Benchmark
  public long requestRead() throws Exception {
    return inVirtualThread(() -> target.sendReadSynchronously(memory, offset()));
  }

  /// Reads through a channel.
  ///
  /// @return bytes of the last
  /// @throws Exception never
  @Benchmark
  public long channelRead() throws Exception {
    return inVirtualThread(() -> (long) channel.read(buffer.clear(), offset()));
  }

  /// Writes through requests.
  ///
  /// @return bytes of the last
  /// @throws Exception never
  @Benchmark
  public long requestWrite() throws Exception {
    return inVirtualThread(() -> target.sendWriteSynchronously(memory, offset()));
  }

  /// Writes through a channel.
  ///
  /// @return bytes of the last
  /// @throws Exception never
  @Benchmark
  public long channelWrite() throws Exception {
    return inVirtualThread(() -> (long) channel.write(buffer.clear(), offset()));
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

  private long offset() {
    next = (next + 1) % BLOCKS;
    return (long) next * BLOCK;
  }
}
