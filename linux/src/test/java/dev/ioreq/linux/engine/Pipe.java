package dev.ioreq.linux.engine;

import dev.ioreq.linux.abi.DescriptorCalls;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.abi.IoctlNumber;
import dev.ioreq.linux.abi.TransferCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A pipe whose ends can be opened as targets, and which the test itself fills and closes.
///
/// @see "man 7 pipe; man 5 proc_pid_fd"
public final class Pipe implements AutoCloseable {
  private final int readFd;
  private int writeFd;

  private Pipe(long ends) {
    if (ends < 0) {
      throw new AssertionError("pipe2 gives " + Errno.describe((int) -ends));
    }
    readFd = DescriptorCalls.readEnd(ends);
    writeFd = DescriptorCalls.writeEnd(ends);
  }

  /// An empty pipe.
  public static Pipe open() {
    return new Pipe(DescriptorCalls.pipe2(FileCalls.O_CLOEXEC));
  }

  /// A pipe that takes so many bytes before a write has to wait.
  public static Pipe open(int capacityBytes) {
    Pipe pipe = open();
    int result = DescriptorCalls.fcntl(pipe.readFd, DescriptorCalls.F_SETPIPE_SZ, capacityBytes);
    if (result < capacityBytes) {
      throw new AssertionError("F_SETPIPE_SZ gives " + result);
    }
    return pipe;
  }

  /// What opens the end to read from, as a descriptor of the target's own.
  public String readName() {
    return "pipe:/proc/self/fd/" + readFd;
  }

  /// What opens the end to write to.
  public String writeName() {
    return "pipe:/proc/self/fd/" + writeFd;
  }

  /// Writes bytes that the pipe has room for.
  public void write(byte... bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
      long written = TransferCalls.write(writeFd, memory.address(), bytes.length);
      if (written != bytes.length) {
        throw new AssertionError("a write of %d gives %d".formatted(bytes.length, written));
      }
    }
  }

  /// Reads and forgets bytes that are there.
  public void drain(int count) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(count);
      for (long left = count; left > 0; ) {
        long read = TransferCalls.read(readFd, memory.address(), left);
        if (read <= 0) {
          throw new AssertionError("a read gives " + read);
        }
        left -= read;
      }
    }
  }

  /// How many bytes are in it.
  public int waiting() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
      int result = DescriptorCalls.ioctl(readFd, IoctlNumber.FIONREAD, count.address());
      if (result < 0) {
        throw new AssertionError("FIONREAD gives " + Errno.describe(-result));
      }
      return count.get(ValueLayout.JAVA_INT, 0);
    }
  }

  /// Whether nothing is in it, and nobody can write to it any more.
  public boolean hasNoWriter() {
    return DescriptorCalls.poll(readFd, DescriptorCalls.POLLIN, 0) == DescriptorCalls.POLLHUP;
  }

  /// Closes the test's end to write to; the readers then find the end of the file.
  public void closeWriteEnd() {
    if (writeFd >= 0) {
      FileCalls.close(writeFd);
      writeFd = -1;
    }
  }

  @Override
  public void close() {
    closeWriteEnd();
    FileCalls.close(readFd);
  }
}
