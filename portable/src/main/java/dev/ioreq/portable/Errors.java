package dev.ioreq.portable;

import dev.ioreq.IoStatus;
import dev.ioreq.log.Log;
import java.io.IOException;

/// The error numbers that this engine gives itself, because the kernel would have given them, and
/// what a failed transfer ends with.
final class Errors {
  static final IoStatus ENOENT = IoStatus.ofErrno(2);
  static final IoStatus ENXIO = IoStatus.ofErrno(6);
  static final IoStatus EFAULT = IoStatus.ofErrno(14);
  static final IoStatus ENOTBLK = IoStatus.ofErrno(15);
  static final IoStatus ENODEV = IoStatus.ofErrno(19);
  static final IoStatus EISDIR = IoStatus.ofErrno(21);
  static final IoStatus EINVAL = IoStatus.ofErrno(22);
  static final IoStatus ENOSPC = IoStatus.ofErrno(28);

  private static final Log LOG = new Log("dev.ioreq.portable");

  private Errors() {}

  /// The status of a transfer that threw. Whatever it is, the packet has to end.
  ///
  /// @param thrown by a channel, or by the access to a sender's memory
  static IoStatus of(Throwable thrown) {
    return switch (thrown) {
      case IOException failure -> IoStatus.ofIoException(failure);
      case IllegalStateException _ -> EFAULT; // memory whose arena is closed
      case WrongThreadException _ -> EFAULT; // memory that is its owner thread's alone
      case VirtualMachineError _ -> IoStatus.INSUFFICIENT_RESOURCES;
      default -> {
        LOG.error("a channel failed", thrown);
        yield IoStatus.UNSUCCESSFUL;
      }
    };
  }
}
