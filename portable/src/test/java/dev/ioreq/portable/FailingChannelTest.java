package dev.ioreq.portable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.StorageControl;
import dev.ioreq.testkit.Recorder;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/// Channels that throw what no channel of the JDK's own throws: a file system of somebody else's
/// may be the default one, and memory can run out anywhere. Each packet ends, and the thread goes
/// on.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class FailingChannelTest {
  private static final long IDLE_NANOS = 3_600_000_000_000L;

  static final Iterable<Arguments> FAILURES =
      Stream.of(
              Arguments.of(
                  new UncheckedIOException(new java.io.IOException("no")), IoStatus.UNSUCCESSFUL),
              Arguments.of(new UnsupportedOperationException("never"), IoStatus.UNSUCCESSFUL),
              Arguments.of(new OutOfMemoryError("direct"), IoStatus.INSUFFICIENT_RESOURCES),
              Arguments.of(new StackOverflowError(), IoStatus.INSUFFICIENT_RESOURCES),
              Arguments.of(new IllegalStateException("closed arena"), Errors.EFAULT))
          .toList();

  @ParameterizedTest
  @FieldSource("FAILURES")
  void everyRequestOfAFileEnds(Throwable failure, IoStatus expected) {
    FailingChannel channel = new FailingChannel(failure);
    Workers oneThread = new Workers(1, IDLE_NANOS);
    FileDevice device =
        new FileDevice(
            PathKind.FILE,
            channel,
            OpenOptions.of(Access.READ_WRITE),
            Targets.BLOCK_BYTES,
            false,
            oneThread);
    try (IoTarget target = IoTarget.over("failing", device);
        IoMemory memory = IoMemory.allocate(64);
        IoMemory range = IoMemory.allocate(StorageControl.RANGE_BYTES);
        IoRequest request = IoRequest.create(target)) {
      StorageControl.putRange(range, 0, 64);
      target.formatRead(request, memory, 0);
      expectEnd(Targets.await(request, target), expected);
      target.formatWrite(request, memory, 0);
      expectEnd(Targets.await(request, target), expected);
      target.formatDeviceControl(request, StorageControl.WRITE_ZEROES, range, IoMemory.none());
      expectEnd(Targets.await(request, target), expected);
      target.formatDeviceControl(request, StorageControl.FLUSH, IoMemory.none(), IoMemory.none());
      expectEnd(Targets.await(request, target), expected);
      assertThat(oneThread.threads()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @FieldSource("FAILURES")
  void everyRequestOfAStreamEnds(Throwable failure, IoStatus expected) {
    StreamDevice device =
        new StreamDevice(
            PathKind.CHARACTER,
            "failing",
            new FailingChannel(failure),
            new FailingChannel(failure));
    try (IoTarget target = IoTarget.over("failing", device);
        IoMemory memory = IoMemory.allocate(64);
        IoRequest request = IoRequest.create(target)) {
      for (int i = 0; i < 2; i++) { // the second by the thread that met the first
        target.formatRead(request, memory, 0);
        expectEnd(Targets.await(request, target), expected);
        target.formatWrite(request, memory, 0);
        expectEnd(Targets.await(request, target), expected);
      }
    }
  }

  private static void expectEnd(Recorder.Call call, IoStatus expected) {
    assertThat(call.status()).isEqualTo(expected);
    assertThat(call.information()).isZero();
  }

  /// Throws at everything that moves bytes.
  private static final class FailingChannel extends FileChannel {
    private final Throwable failure;

    FailingChannel(Throwable failure) {
      this.failure = failure;
    }

    /// Throws it as it is, of whatever kind.
    @SuppressWarnings("unchecked")
    private static <E extends Throwable> int fail(Throwable failure) throws E {
      throw (E) failure;
    }

    private int fail() {
      return FailingChannel.<RuntimeException>fail(failure);
    }

    @Override
    public int read(ByteBuffer target) {
      return fail();
    }

    @Override
    public long read(ByteBuffer[] targets, int from, int count) {
      return fail();
    }

    @Override
    public int write(ByteBuffer source) {
      return fail();
    }

    @Override
    public long write(ByteBuffer[] sources, int from, int count) {
      return fail();
    }

    @Override
    public int read(ByteBuffer target, long position) {
      return fail();
    }

    @Override
    public int write(ByteBuffer source, long position) {
      return fail();
    }

    @Override
    public void force(boolean withMetadata) {
      fail();
    }

    @Override
    public long position() {
      return 0;
    }

    @Override
    public FileChannel position(long position) {
      return this;
    }

    @Override
    public long size() {
      return 0;
    }

    @Override
    public FileChannel truncate(long size) {
      return this;
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) {
      return fail();
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) {
      return fail();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) {
      throw new UnsupportedOperationException();
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) {
      throw new UnsupportedOperationException();
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) {
      throw new UnsupportedOperationException();
    }

    @Override
    protected void implCloseChannel() {}
  }
}
