package dev.ioreq.linux.abi;

import java.lang.invoke.MethodHandle;

/// Device control, and descriptors that are not files: pipes, event counters, readiness.
///
/// Each returns a value from 0 or `-errno`. Nothing is allocated.
///
/// @see "man 2 ioctl, fcntl, pipe2, eventfd, poll"
public final class DescriptorCalls {
  public static final int EFD_SEMAPHORE = 1;
  public static final int EFD_NONBLOCK = FileCalls.O_NONBLOCK;
  public static final int EFD_CLOEXEC = FileCalls.O_CLOEXEC;

  public static final int F_GETFD = 1;
  public static final int F_SETFD = 2;
  public static final int F_GETFL = 3;
  public static final int F_SETFL = 4;
  public static final int F_SETPIPE_SZ = 1031;
  public static final int F_GETPIPE_SZ = 1032;
  public static final int FD_CLOEXEC = 1;

  public static final int POLLIN = 0x01;
  public static final int POLLPRI = 0x02;
  public static final int POLLOUT = 0x04;
  public static final int POLLERR = 0x08;
  public static final int POLLHUP = 0x10;
  public static final int POLLNVAL = 0x20;
  public static final int POLLRDHUP = 0x2000;

  private static final MethodHandle IOCTL = Native.handle("ioctl");
  private static final MethodHandle FCNTL = Native.handle("fcntl");
  private static final MethodHandle PIPE2 = Native.handle("pipe2");
  private static final MethodHandle EVENTFD = Native.handle("eventfd");
  private static final MethodHandle EVENTFD_WRITE = Native.handle("eventfd_write");
  private static final MethodHandle POLL = Native.handle("poll");

  private DescriptorCalls() {}

  /// Controls a device.
  ///
  /// @param request the number, such as those in [IoctlNumber]
  /// @param argument a value, or the address of a structure as large as the request says
  public static int ioctl(int fd, long request, long argument) {
    Scratch scratch = Scratch.claim();
    try {
      return scratch.result(
          (int)
              (long)
                  IOCTL.invokeExact(
                      scratch.segment(), (long) fd, request, argument, 0L, 0L, 0L, 0L));
    } catch (Throwable thrown) {
      throw Native.impossible("ioctl", thrown);
    } finally {
      scratch.release();
    }
  }

  /// Asks or changes a descriptor's own settings.
  ///
  /// @param command `F_…`
  public static int fcntl(int fd, int command, long argument) {
    Scratch scratch = Scratch.claim();
    try {
      return scratch.result(
          (int)
              (long)
                  FCNTL.invokeExact(
                      scratch.segment(), (long) fd, (long) command, argument, 0L, 0L, 0L, 0L));
    } catch (Throwable thrown) {
      throw Native.impossible("fcntl", thrown);
    } finally {
      scratch.release();
    }
  }

  /// Makes a pipe.
  ///
  /// @param flags `O_CLOEXEC`, `O_NONBLOCK`, `O_DIRECT`
  /// @return both ends, for [#readEnd(long)] and [#writeEnd(long)]; or `-errno`
  public static long pipe2(int flags) {
    Scratch scratch = Scratch.claim();
    try {
      int result =
          scratch.result(
              (int)
                  (long)
                      PIPE2.invokeExact(
                          scratch.segment(), scratch.word(), (long) flags, 0L, 0L, 0L, 0L, 0L));
      return result < 0 ? result : Memory.getLong(scratch.word());
    } catch (Throwable thrown) {
      throw Native.impossible("pipe2", thrown);
    } finally {
      scratch.release();
    }
  }

  /// The descriptor to read from, of what [#pipe2(int)] returned.
  public static int readEnd(long pipe) {
    return (int) pipe;
  }

  /// The descriptor to write to, of what [#pipe2(int)] returned.
  public static int writeEnd(long pipe) {
    return (int) (pipe >>> 32);
  }

  /// Makes an event counter.
  ///
  /// @param flags `EFD_…`
  /// @return the descriptor
  public static int eventfd(int initial, int flags) {
    Scratch scratch = Scratch.claim();
    try {
      return scratch.result(
          (int)
              (long)
                  EVENTFD.invokeExact(
                      scratch.segment(), (long) initial, (long) flags, 0L, 0L, 0L, 0L, 0L));
    } catch (Throwable thrown) {
      throw Native.impossible("eventfd", thrown);
    } finally {
      scratch.release();
    }
  }

  /// Adds one to an event counter, which wakes whoever reads or polls it. Allocates nothing but in
  /// the first thousand calls of a process.
  ///
  /// @return whether it was added; if not, the descriptor is none, or the counter is at its limit
  ///   and would block
  /// @see "man 3 eventfd_write"
  public static boolean signalEvent(int eventFd) {
    if (PlainHandles.Early.isEarly()) {
      return signalEventEarly(eventFd);
    }
    try {
      return (int)
              (long) PlainHandles.EVENTFD_WRITE.invokeExact((long) eventFd, 1L, 0L, 0L, 0L, 0L, 0L)
          == 0;
    } catch (Throwable thrown) {
      throw Native.impossible("eventfd_write", thrown);
    }
  }

  private static boolean signalEventEarly(int eventFd) {
    Scratch scratch = Scratch.claim();
    try {
      return (int)
              (long)
                  EVENTFD_WRITE.invokeExact(
                      scratch.segment(), (long) eventFd, 1L, 0L, 0L, 0L, 0L, 0L)
          == 0;
    } catch (Throwable thrown) {
      throw Native.impossible("eventfd_write", thrown);
    } finally {
      scratch.release();
    }
  }

  /// Waits until a descriptor is ready.
  ///
  /// @param events what to wait for, `POLL…`; 16 bits
  /// @param timeoutMillis 0 to look only, -1 to wait for ever
  /// @return what it is ready for, `POLL…`; 0 if the time is up; or `-errno`
  public static int poll(int fd, int events, int timeoutMillis) {
    /*
     *   struct pollfd (poll.h)    byte 0      4        6         8
     *                                  │ fd   │ events │ revents │
     */
    Scratch scratch = Scratch.claim();
    try {
      long pollfd = scratch.structure();
      Memory.putInt(pollfd, fd);
      Memory.putInt(pollfd + 4, events & 0xFFFF);
      int result =
          scratch.result(
              (int)
                  (long)
                      POLL.invokeExact(
                          scratch.segment(), pollfd, 1L, (long) timeoutMillis, 0L, 0L, 0L, 0L));
      return result <= 0 ? result : Memory.getShort(pollfd + 6) & 0xFFFF;
    } catch (Throwable thrown) {
      throw Native.impossible("poll", thrown);
    } finally {
      scratch.release();
    }
  }
}
