package dev.ioreq.linux.abi;

/// Numbers of the system calls that are made without libc's function, where they are known.
///
/// In libc each transfer is a place where another thread may cancel this one (`pthread_cancel`),
/// and it marks the beginning and the end of such a place with a locked step each, as dear as the
/// half of what a request costs otherwise. The virtual machine cancels no thread.
///
/// @see "asm/unistd_64.h (x86-64), asm-generic/unistd.h (64-bit ARM)"
final class CallNumbers {
  private static final String PROCESSOR = System.getProperty("os.arch", "");
  private static final boolean IS_X86 = PROCESSOR.equals("amd64");

  /// Whether this processor's numbers are the ones here.
  static final boolean ARE_KNOWN = IS_X86 || PROCESSOR.equals("aarch64");

  static final long PREAD64 = IS_X86 ? 17 : 67;
  static final long PWRITE64 = IS_X86 ? 18 : 68;
  static final long PREADV2 = IS_X86 ? 327 : 286;
  static final long PWRITEV2 = IS_X86 ? 328 : 287;

  private CallNumbers() {}
}
