package dev.ioreq.bench;

import dev.ioreq.IoMemory;
import dev.ioreq.IoMemoryPool;
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
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/// Memory of a pool taken and given back, beside memory allocated and freed.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class MemoryPoolBenchmark {
  private static final int BLOCK_BYTES = 4096;
  private static final int BLOCKS = 64;

  private IoMemoryPool pool;

  /// Makes the pool.
  @Setup
  public void open() {
    pool = new IoMemoryPool(BLOCK_BYTES, BLOCKS);
  }

  /// Frees it.
  @TearDown
  public void close() {
    pool.close();
  }

  /// One thread.
  ///
  /// @return the size
  @Benchmark
  public long pooled() {
    return takeAndClose();
  }

  /// Two threads at one pool.
  ///
  /// @return the size
  @Benchmark
  @Threads(2)
  public long pooledByTwoThreads() {
    return takeAndClose();
  }

  /// Without a pool.
  ///
  /// @return the size
  @Benchmark
  public long allocated() {
    try (IoMemory memory = IoMemory.allocate(BLOCK_BYTES)) {
      return memory.sizeBytes();
    }
  }

  private long takeAndClose() {
    IoMemory memory = pool.tryTake();
    if (memory == null) {
      throw new IllegalStateException("more are out than there are threads");
    }
    try (memory) {
      return memory.sizeBytes();
    }
  }
}
