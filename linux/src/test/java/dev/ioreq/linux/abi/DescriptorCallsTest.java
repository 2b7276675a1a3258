package dev.ioreq.linux.abi;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

class DescriptorCallsTest {
  @Test
  void ioctlTellsHowMuchAPipeHolds() {
    long pipe = DescriptorCalls.pipe2(FileCalls.O_CLOEXEC);
    try (Arena arena = Arena.ofConfined()) {
      long memory = arena.allocate(8, 8).address();
      TransferCalls.write(DescriptorCalls.writeEnd(pipe), memory, 5);
      assertThat(DescriptorCalls.ioctl(DescriptorCalls.readEnd(pipe), IoctlNumber.FIONREAD, memory))
          .isZero();
      assertThat(Memory.getInt(memory)).isEqualTo(5);
    } finally {
      FileCalls.close(DescriptorCalls.readEnd(pipe));
      FileCalls.close(DescriptorCalls.writeEnd(pipe));
    }
  }

  @Test
  void ioctlOfAnotherDeviceGivesEnotty() {
    int fd = FileCalls.open("/dev/null", FileCalls.O_RDWR, 0);
    try (Arena arena = Arena.ofConfined()) {
      long memory = arena.allocate(8, 8).address();
      assertThat(DescriptorCalls.ioctl(fd, IoctlNumber.TIOCGWINSZ, memory))
          .isEqualTo(-Errno.ENOTTY);
    } finally {
      FileCalls.close(fd);
    }
  }

  @Test
  void aPseudoTerminalHasTheSizeItWasGiven() {
    int fd = FileCalls.open("/dev/ptmx", FileCalls.O_RDWR | FileCalls.O_NOCTTY, 0);
    assertThat(fd).isNotNegative();
    try (Arena arena = Arena.ofConfined()) {
      long size = arena.allocate(8, 8).address(); // rows, columns, then pixels: 16 bits each
      Memory.putShort(size, (short) 25);
      Memory.putShort(size + 2, (short) 80);
      assertThat(DescriptorCalls.ioctl(fd, IoctlNumber.TIOCSWINSZ, size)).isZero();
      Memory.clear(size, 8);
      assertThat(DescriptorCalls.ioctl(fd, IoctlNumber.TIOCGWINSZ, size)).isZero();
      assertThat(Memory.getShort(size)).isEqualTo((short) 25);
      assertThat(Memory.getShort(size + 2)).isEqualTo((short) 80);
    } finally {
      FileCalls.close(fd);
    }
  }

  @Test
  void fcntlChangesWhetherAReadWaits() {
    long pipe = DescriptorCalls.pipe2(FileCalls.O_CLOEXEC);
    int fd = DescriptorCalls.readEnd(pipe);
    try (Arena arena = Arena.ofConfined()) {
      int flags = DescriptorCalls.fcntl(fd, DescriptorCalls.F_GETFL, 0);
      assertThat(flags & FileCalls.O_NONBLOCK).isZero();
      assertThat(DescriptorCalls.fcntl(fd, DescriptorCalls.F_SETFL, flags | FileCalls.O_NONBLOCK))
          .isZero();
      assertThat(TransferCalls.read(fd, arena.allocate(1).address(), 1)).isEqualTo(-Errno.EAGAIN);
    } finally {
      FileCalls.close(fd);
      FileCalls.close(DescriptorCalls.writeEnd(pipe));
    }
  }

  @Test
  void anEventIsReadyOnceSignalled() {
    int event =
        DescriptorCalls.eventfd(0, DescriptorCalls.EFD_CLOEXEC | DescriptorCalls.EFD_NONBLOCK);
    try (Arena arena = Arena.ofConfined()) {
      assertThat(DescriptorCalls.poll(event, DescriptorCalls.POLLIN, 0)).isZero();
      assertThat(DescriptorCalls.signalEvent(event)).isTrue();
      assertThat(DescriptorCalls.signalEvent(event)).isTrue();
      assertThat(DescriptorCalls.poll(event, DescriptorCalls.POLLIN, -1))
          .isEqualTo(DescriptorCalls.POLLIN);
      long counter = arena.allocate(8, 8).address();
      assertThat(TransferCalls.read(event, counter, 8)).isEqualTo(8);
      assertThat(Memory.getLong(counter)).isEqualTo(2);
      assertThat(TransferCalls.read(event, counter, 8)).isEqualTo(-Errno.EAGAIN);
    } finally {
      FileCalls.close(event);
    }
  }

  @Test
  void pollOfWhatIsNotOpenSaysSo() {
    assertThat(DescriptorCalls.poll(1 << 20, DescriptorCalls.POLLIN, 0))
        .isEqualTo(DescriptorCalls.POLLNVAL);
  }

  @Test
  void aPipeWithUnknownFlagsGivesEinval() {
    assertThat(DescriptorCalls.pipe2(1)).isEqualTo(-Errno.EINVAL);
  }
}
