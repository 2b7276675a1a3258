package dev.ioreq.linux.abi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class KernelConstantsTest {
  private static final Pattern ENUMERATED = Pattern.compile("IORING_(OP|(UN)?REGISTER|MSG)_.*");

  @Test
  void errorNumbersAreTheKernels() {
    Map<String, Long> constants = KernelHeaders.constantsOf(Errno.class);
    constants.remove("LAST");
    new KernelHeaders("errno.h").expectMacros(constants).compare(131);
  }

  @Test
  void fileFlagsAreTheKernels() {
    new KernelHeaders("fcntl.h", "linux/falloc.h", "unistd.h")
        .expectMacros(KernelHeaders.constantsOf(FileCalls.class))
        .compare(30);
  }

  @Test
  void transferFlagsAreTheKernels() {
    new KernelHeaders("linux/fs.h")
        .expectMacros(KernelHeaders.constantsOf(TransferCalls.class))
        .compare(5);
  }

  @Test
  void descriptorFlagsAreTheKernels() {
    new KernelHeaders("sys/eventfd.h", "fcntl.h", "poll.h")
        .expectMacros(KernelHeaders.constantsOf(DescriptorCalls.class))
        .compare(17);
  }

  @Test
  void memoryFlagsAreTheKernels() {
    new KernelHeaders("sys/mman.h")
        .expectMacros(KernelHeaders.constantsOf(MemoryCalls.class))
        .compare(6);
  }

  @Test
  void processOptionsAreTheKernels() {
    new KernelHeaders("sys/prctl.h")
        .expectMacros(KernelHeaders.constantsOf(ProcessCalls.class))
        .compare(1);
  }

  @Test
  void ioctlNumbersAreTheKernels() {
    Map<String, Long> constants = KernelHeaders.constantsOf(IoctlNumber.class);
    constants.keySet().removeAll(Set.of("NONE", "READ", "WRITE"));
    new KernelHeaders(
            "linux/fs.h",
            "linux/blkzoned.h",
            "linux/hdreg.h",
            "linux/loop.h",
            "linux/random.h",
            "linux/fiemap.h",
            "asm/ioctls.h",
            "asm/termbits.h")
        .expectMacros(constants)
        .compare(60);
  }

  @Test
  void callNumbersAreTheKernels() {
    assertThat(CallNumbers.ARE_KNOWN).isTrue();
    new KernelHeaders("sys/syscall.h")
        .expect("SYS_pread64", CallNumbers.PREAD64)
        .expect("SYS_pwrite64", CallNumbers.PWRITE64)
        .expect("SYS_preadv2", CallNumbers.PREADV2)
        .expect("SYS_pwritev2", CallNumbers.PWRITEV2)
        .compare(4);
  }

  @Test
  void ringNumbersAreTheKernels() {
    KernelHeaders headers = new KernelHeaders("linux/io_uring.h");
    KernelHeaders.constantsOf(IoUring.class)
        .forEach((name, value) ->
            headers.expectIfDefined(
                ENUMERATED.matcher(name).matches() ? "IORING_SETUP_DEFER_TASKRUN" : name,
                name,
                value));
    headers.compare(40);
  }

  @Test
  void fileStatusLiesWhereTheKernelPutsIt() {
    Map<String, Long> masks = KernelHeaders.constantsOf(Statx.class);
    new KernelHeaders("linux/stat.h")
        .expectMacros(masks)
        .expect("sizeof(struct statx)", Statx.BYTES)
        .expectOffset("statx", "stx_mask", Statx.MASK)
        .expectOffset("statx", "stx_blksize", Statx.BLKSIZE)
        .expectOffset("statx", "stx_mode", Statx.MODE)
        .expectOffset("statx", "stx_ino", Statx.INO)
        .expectOffset("statx", "stx_size", Statx.SIZE)
        .expectOffset("statx", "stx_blocks", Statx.BLOCKS)
        .expectOffset("statx", "stx_rdev_major", Statx.RDEV_MAJOR)
        .expectOffset("statx", "stx_rdev_minor", Statx.RDEV_MINOR)
        .expectOffset("statx", "stx_dev_major", Statx.DEV_MAJOR)
        .expectOffset("statx", "stx_dev_minor", Statx.DEV_MINOR)
        .expectIfDefined("STATX_MNT_ID", "offsetof(struct statx, stx_mnt_id)", Statx.MNT_ID)
        .expectIfDefined(
            "STATX_DIOALIGN", "offsetof(struct statx, stx_dio_mem_align)", Statx.DIO_MEM_ALIGN)
        .expectIfDefined(
            "STATX_DIOALIGN",
            "offsetof(struct statx, stx_dio_offset_align)",
            Statx.DIO_OFFSET_ALIGN)
        .compare(11);
  }
}
