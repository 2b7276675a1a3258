package dev.ioreq;

import dev.ioreq.log.Words;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;

/// How an operation ended: success, warning or error, as one number with a name.
///
/// The numbers are NTSTATUS values, so that a driver writer recognises them. The two top bits are
/// the severity: `0` success, `1` informational, `2` warning, `3` error. An error number that the
/// operating system gave is kept whole: it becomes a status of a range of its own (`0xE1000000 |
/// errno`), so unknown numbers survive too.
///
/// A value: two statuses with the same code are equal, and the constants below are canonical, so
/// they may be compared with `==`. Immutable and safe for use by any thread. [#of(int)] and
/// [#ofErrno(int)] do not allocate for the codes named here nor for errno 1..4095.
///
/// @see "ntstatus.h; man 3 errno"
public final class IoStatus {
  private static final int ERRNO_BASE = 0xE1000000;
  private static final int ERRNO_LIMIT = 4096;
  private static final int FACILITY = 0xFFFF0000;
  private static final int WDF_FACILITY = 0xC0200000;
  private static final int ENOENT = 2;
  private static final int EACCES = 13;
  private static final int EEXIST = 17;

  /// Open addressing by code: looking up must not box.
  private static final @Nullable IoStatus[] NAMED = new IoStatus[128];

  private static final @Nullable IoStatus[] BY_ERRNO = new IoStatus[ERRNO_LIMIT];

  /// The operation did what was asked.
  public static final IoStatus SUCCESS = named(0x00000000, "SUCCESS", "done");

  /// A wait ended because its time was over. Counts as success.
  public static final IoStatus TIMEOUT = named(0x00000102, "TIMEOUT", "the wait timed out");

  /// The request is sent and has not completed yet.
  public static final IoStatus PENDING = named(0x00000103, "PENDING", "sent and not yet completed");

  /// The device does not take the request now.
  public static final IoStatus DEVICE_BUSY =
      named(0x80000011, "DEVICE_BUSY", "the device does not take the request now");

  /// Nothing (more) to retrieve. A warning.
  public static final IoStatus NO_MORE_ENTRIES =
      named(0x8000001A, "NO_MORE_ENTRIES", "there are no more entries");

  /// It failed, and nothing more precise is known.
  public static final IoStatus UNSUCCESSFUL = named(0xC0000001, "UNSUCCESSFUL", "it failed");

  /// The memory may only be read.
  public static final IoStatus ACCESS_VIOLATION =
      named(0xC0000005, "ACCESS_VIOLATION", "the memory may only be read");

  /// An argument has a value that is not allowed.
  public static final IoStatus INVALID_PARAMETER =
      named(0xC000000D, "INVALID_PARAMETER", "an argument has a value that is not allowed");

  /// There is no such device.
  public static final IoStatus NO_SUCH_DEVICE =
      named(0xC000000E, "NO_SUCH_DEVICE", "there is no such device");

  /// The operation is not legal for this request, target or device.
  public static final IoStatus INVALID_DEVICE_REQUEST =
      named(0xC0000010, "INVALID_DEVICE_REQUEST", "the device does not take such a request");

  /// A read began at or behind the end; nothing was transferred.
  public static final IoStatus END_OF_FILE =
      named(0xC0000011, "END_OF_FILE", "the read begins at or behind the end");

  /// The request asks for more access than the target was opened with.
  public static final IoStatus ACCESS_DENIED =
      named(0xC0000022, "ACCESS_DENIED", "the target was not opened for this access");

  /// A buffer is too small for what was asked.
  public static final IoStatus BUFFER_TOO_SMALL =
      named(0xC0000023, "BUFFER_TOO_SMALL", "the buffer is too small");

  /// The name leads to nothing.
  public static final IoStatus OBJECT_NAME_NOT_FOUND =
      named(0xC0000034, "OBJECT_NAME_NOT_FOUND", "the name leads to nothing");

  /// Somebody else has it open in a way that excludes this open.
  public static final IoStatus SHARING_VIOLATION =
      named(
          0xC0000043, "SHARING_VIOLATION", "it is open elsewhere in a way that excludes this open");

  /// The object is being deleted.
  public static final IoStatus DELETE_PENDING =
      named(0xC0000056, "DELETE_PENDING", "the object is being deleted");

  /// Offset and length lead beyond the memory.
  public static final IoStatus INTEGER_OVERFLOW =
      named(0xC0000095, "INTEGER_OVERFLOW", "offset and length lead beyond the memory");

  /// Memory, descriptors or another resource ran out.
  public static final IoStatus INSUFFICIENT_RESOURCES =
      named(0xC000009A, "INSUFFICIENT_RESOURCES", "a resource ran out");

  /// The timeout of the send expired and the request was cancelled for it.
  public static final IoStatus IO_TIMEOUT =
      named(0xC00000B5, "IO_TIMEOUT", "cancelled because its timeout expired");

  /// This target or device, or the engine below it, cannot do this.
  public static final IoStatus NOT_SUPPORTED =
      named(0xC00000BB, "NOT_SUPPORTED", "the device cannot do this");

  /// The request cannot be sent there: it is not formatted, or has too few frames.
  public static final IoStatus REQUEST_NOT_ACCEPTED =
      named(0xC00000D0, "REQUEST_NOT_ACCEPTED", "not formatted, or too few frames for the target");

  /// The request was completed before.
  public static final IoStatus INTERNAL_ERROR =
      named(0xC00000E5, "INTERNAL_ERROR", "the request was completed before");

  /// The request was cancelled.
  public static final IoStatus CANCELLED = named(0xC0000120, "CANCELLED", "cancelled");

  /// The state of the target, queue or device refuses it.
  public static final IoStatus INVALID_DEVICE_STATE =
      named(0xC0000184, "INVALID_DEVICE_STATE", "the state of the target refuses it");

  /// A buffer has a size that does not fit.
  public static final IoStatus INVALID_BUFFER_SIZE =
      named(0xC0000206, "INVALID_BUFFER_SIZE", "the buffer has a size that does not fit");

  /// It is not there (any more).
  public static final IoStatus NOT_FOUND = named(0xC0000225, "NOT_FOUND", "it is not there");

  /// Offset, length or address break the alignment the target needs.
  public static final IoStatus DATATYPE_MISALIGNMENT =
      named(0x80000002, "DATATYPE_MISALIGNMENT", "offset, length or address is not aligned");

  /// The request waited at a target that was purged or closed; it never reached the device.
  public static final IoStatus WDF_DEVICE_REMOVED_NOT_SENT =
      named(
          0xC0200206,
          "WDF_DEVICE_REMOVED_NOT_SENT",
          "it waited at a target that was purged or closed, and never reached the device");

  /// The queue is stopped, or its device is outside its working state.
  public static final IoStatus WDF_PAUSED =
      named(0xC0200203, "WDF_PAUSED", "the queue gives no requests now; start it");

  /// The queue takes no requests, or the type is routed already.
  public static final IoStatus WDF_BUSY =
      named(0xC0200204, "WDF_BUSY", "it takes nothing more now");

  /// A queue that delivers requests has no handler.
  public static final IoStatus WDF_NO_CALLBACK =
      named(0xC020020B, "WDF_NO_CALLBACK", "there is no handler");

  private final int code;
  private final String name;
  private final String text;

  private IoStatus(int code, String name, String text) {
    this.code = code;
    this.name = name;
    this.text = text;
  }

  private static IoStatus named(int code, String name, String text) {
    IoStatus status = new IoStatus(code, name, text);
    int slot = slot(code);
    while (NAMED[slot] != null) {
      slot = slot + 1 & NAMED.length - 1;
    }
    NAMED[slot] = status;
    return status;
  }

  private static int slot(int code) {
    return (code * 0x9E3779B9) >>> 25;
  }

  /// The status with a code.
  ///
  /// @param code any NTSTATUS value; unknown ones are kept
  /// @return the canonical status of a known code, else a new one
  public static IoStatus of(int code) {
    if (code == 0) {
      return SUCCESS;
    }
    if ((code & 0xFFFFF000) == ERRNO_BASE) {
      return ofErrno(code & 0xFFF);
    }
    int slot = slot(code);
    for (IoStatus known = NAMED[slot]; known != null; known = NAMED[slot]) {
      if (known.code == code) {
        return known;
      }
      slot = slot + 1 & NAMED.length - 1;
    }
    return new IoStatus(code, "0x%08X".formatted(code), "unnamed status");
  }

  /// The status of an error number of the operating system. `ECANCELED` becomes [#CANCELLED]; every
  /// other number is kept and can be read back with [#errno()].
  ///
  /// @param errno the positive number, 1..4095
  /// @return the status, severity error
  public static IoStatus ofErrno(int errno) {
    if (errno <= 0 || errno >= ERRNO_LIMIT) {
      throw new IllegalArgumentException("errno " + errno + " is not in 1..4095");
    }
    if (errno == LinuxErrno.ECANCELED) {
      return CANCELLED;
    }
    IoStatus known = BY_ERRNO[errno];
    if (known == null) {
      // a race makes two equal statuses, which is harmless: equality is by code
      known = new IoStatus(ERRNO_BASE | errno, LinuxErrno.name(errno), LinuxErrno.describe(errno));
      BY_ERRNO[errno] = known;
    }
    return known;
  }

  /// The status that an exception of `java.nio` stands for: the error number behind its type or its
  /// message.
  ///
  /// @param failure what a channel threw
  /// @return the status of the error number; `EIO` where none can be told, as from a message in a
  ///   language other than English
  public static IoStatus ofIoException(IOException failure) {
    if (failure instanceof NoSuchFileException) {
      return ofErrno(ENOENT);
    }
    if (failure instanceof AccessDeniedException) {
      return ofErrno(EACCES);
    }
    if (failure instanceof FileAlreadyExistsException) {
      return ofErrno(EEXIST);
    }
    if (failure instanceof IoRequestException own) {
      return own.status();
    }
    String message = Words.ask(() -> reasonOf(failure));
    int errno = message == null ? 0 : LinuxErrno.numberOf(message);
    return ofErrno(errno != 0 ? errno : LinuxErrno.EIO);
  }

  private static @Nullable String reasonOf(IOException failure) {
    String reason = failure instanceof FileSystemException file ? file.getReason() : null;
    return reason != null ? reason : failure.getMessage();
  }

  /// The code as a driver writer knows it.
  ///
  /// @return the NTSTATUS value
  public int code() {
    return code;
  }

  /// The name, without the prefix `STATUS_`, or the errno's name.
  ///
  /// @return for example `CANCELLED` or `ENOSPC`
  public String name() {
    return name;
  }

  /// The error number of the operating system that this status keeps.
  ///
  /// @return 1..4095, or 0 where the status did not come from the operating system
  public int errno() {
    return (code & 0xFFFFF000) == ERRNO_BASE ? code & 0xFFF : 0;
  }

  /// Whether the severity is success or informational.
  ///
  /// @return false for warnings and errors
  public boolean isSuccess() {
    return code >= 0;
  }

  /// Whether the severity is warning.
  ///
  /// @return true for codes `0x8…`
  public boolean isWarning() {
    return code >>> 30 == 2;
  }

  /// Whether the severity is error.
  ///
  /// @return true for codes `0xC…` and for every errno
  public boolean isError() {
    return code >>> 30 == 3;
  }

  /// Whether the request was accepted by a target and ended there without ever reaching the device.
  ///
  /// @return true for [#WDF_DEVICE_REMOVED_NOT_SENT]
  public boolean wasNeverSent() {
    return code == WDF_DEVICE_REMOVED_NOT_SENT.code;
  }

  /// The code under which a completion goes up: the framework's own statuses mean nothing there.
  int mappedForCompletion() {
    if ((code & FACILITY) != WDF_FACILITY) {
      return code;
    }
    return code == WDF_PAUSED.code || code == WDF_BUSY.code
        ? DEVICE_BUSY.code
        : INVALID_DEVICE_REQUEST.code;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof IoStatus status && status.code == code;
  }

  @Override
  public int hashCode() {
    return code;
  }

  /// One line for a person: the name and what it means.
  @Override
  public String toString() {
    int errno = errno();
    return errno != 0 ? "%s (errno %d): %s".formatted(name, errno, text) : name + ": " + text;
  }
}
