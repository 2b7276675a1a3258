package dev.ioreq.linux.abi;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcessAndMemoryCallsTest {
  @Test
  void theProcessHasTheNumberJavaReports() {
    assertThat(ProcessCalls.getpid()).isEqualTo((int) ProcessHandle.current().pid());
    assertThat(ProcessCalls.gettid()).isPositive();
  }

  @Test
  void freshMemoryIsZeroAndCanBeWritten() {
    long address =
        MemoryCalls.mmap(
            8192,
            MemoryCalls.PROT_READ | MemoryCalls.PROT_WRITE,
            MemoryCalls.MAP_PRIVATE | MemoryCalls.MAP_ANONYMOUS,
            -1,
            0);
    assertThat(address).isPositive();
    assertThat(Memory.getLong(address + 4096)).isZero();
    Memory.putByte(address + 4097, (byte) 0x7f);
    assertThat(Memory.getLong(address + 4096)).isEqualTo(0x7f00);
    Memory.clear(address + 4096, 8);
    assertThat(Memory.getByte(address + 4097)).isZero();
    assertThat(MemoryCalls.munmap(address, 8192)).isZero();
  }

  @Test
  void mappingWhatIsNotOpenGivesEbadf() {
    assertThat(MemoryCalls.mmap(4096, MemoryCalls.PROT_READ, MemoryCalls.MAP_SHARED, -1, 0))
        .isEqualTo(-Errno.EBADF);
  }
}
