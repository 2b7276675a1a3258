package dev.ioreq.bench;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
  private static final int BLOCK = 4096;
  private static final int BLOCKS = 4096;

  /// Who carries out.
  @Param({"ring", "portable"})
  public String engine;

  private Path file;
  private IoTarget target;
  private IoTarget zero;
  private IoMemory memory;
  private FileChannel channel;
  private ByteBuffer buffer;
  private int next;

  /// Makes and opens a file of 16 MiB.
  ///
  /// @throws IOException if the temporary folder takes none
  @Setup
  public void open() throws IOException {
    file = Files.createTempFile("ioreq", ".bench");
    Files.write(file, new byte[BLOCK * BLOCKS]);
    target = IoTarget.open("file:" + file, OpenOptions.of(Access.READ).withEngine(engine));
    zero = IoTarget.open("char:/dev/zero", OpenOptions.of(Access.READ).withEngine(engine));
    memory = IoMemory.allocate(BLOCK);
    channel = FileChannel.open(file, StandardOpenOption.READ);
    buffer = ByteBuffer.allocateDirect(BLOCK);
  }

  /// Closes and deletes.
  ///
  /// @throws IOException if it cannot be deleted
  @TearDown
  public void close() throws IOException {
    target.close();
    zero.close();
    memory.close();
    channel.close();
    Files.delete(file);
  }

  /// Through a request that goes to the engine's thread, because a character device cannot say
  /// whether it would wait: what the two threads cost each other.
  ///
  /// @return bytes
  /// @throws IOException never
  @Benchmark
  public long handedOver() throws IOException {
    return zero.sendReadSynchronously(memory, 0);
  }

  /// Through a request.
  ///
  /// @return bytes
  /// @throws IOException never
  @Benchmark
  public long request() throws IOException {
    return target.sendReadSynchronously(memory, offset());
  }

  /// Through a channel.
  ///
  /// @return bytes
  /// @throws IOException never
  @Benchmark
  public long channel() throws IOException {
    buffer.clear();
    return channel.read(buffer, offset());
  }

  private long offset() {
    next = (next + 1) % BLOCKS;
    return (long) next * BLOCK;
  }
}
