package dev.ioreq.portable;

import dev.ioreq.IoStatus;

/// The error numbers that this engine gives itself, because the kernel would have given them.
final class Errors {
  static final IoStatus ENOENT = IoStatus.ofErrno(2);
  static final IoStatus ENXIO = IoStatus.ofErrno(6);
  static final IoStatus EFAULT = IoStatus.ofErrno(14);
  static final IoStatus ENOTBLK = IoStatus.ofErrno(15);
  static final IoStatus ENODEV = IoStatus.ofErrno(19);
  static final IoStatus EISDIR = IoStatus.ofErrno(21);
  static final IoStatus EINVAL = IoStatus.ofErrno(22);
  static final IoStatus ENOSPC = IoStatus.ofErrno(28);

  private Errors() {}
}
