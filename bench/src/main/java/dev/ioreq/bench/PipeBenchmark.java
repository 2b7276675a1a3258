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
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Eight bytes into a named pipe and out again, by one thread: nobody ever waits.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PipeBenchmark {
  private static final int BYTES = 8;

  private final IoMemory memory = IoMemory.allocate(BYTES);
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BYTES);
  private Path folder;
  private Path path;
  private FileChannel channel;
  private IoTarget target;

  /// Makes and opens the pipe.
  ///
  /// @throws IOException if the temporary folder takes none
  /// @throws InterruptedException if interrupted
  @Setup
  public void open() throws IOException, InterruptedException {
    folder = Files.createTempDirectory("ioreq");
    path = folder.resolve("pipe");
    int exit = new ProcessBuilder("mkfifo", path.toString()).inheritIO().start().waitFor();
    if (exit != 0) {
      throw new IOException("mkfifo ends with " + exit);
    }
    channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    target = IoTarget.open("pipe:" + path, Access.READ_WRITE);
  }

  /// Closes and deletes.
  ///
  /// @throws IOException if it cannot be deleted
  @TearDown
  public void close() throws IOException {
    target.close();
    channel.close();
    Files.delete(path);
    Files.delete(folder);
    memory.close();
  }

  /// Two synchronous requests.
  ///
  /// @return bytes
  /// @throws IOException never
  @Benchmark
  public long request() throws IOException {
    target.sendWriteSynchronously(memory, 0);
    return target.sendReadSynchronously(memory, 0);
  }

  /// Two calls of a channel.
  ///
  /// @return bytes
  /// @throws IOException never
  @Benchmark
  public long channel() throws IOException {
    channel.write(buffer.clear());
    return channel.read(buffer.clear());
  }
}
