package dev.ioreq.linux.abi;

/// The error numbers of Linux with their names and a short meaning.
///
/// A number the kernel does not define today is kept and named `errno N`: newer kernels, and
/// drivers outside the kernel's tree, may answer with any number.
///
/// @see "man 3 errno; linux asm-generic/errno-base.h, asm-generic/errno.h"
public final class Errno {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int ESRCH = 3;
  public static final int EINTR = 4;
  public static final int EIO = 5;
  public static final int ENXIO = 6;
  public static final int E2BIG = 7;
  public static final int ENOEXEC = 8;
  public static final int EBADF = 9;
  public static final int ECHILD = 10;
  public static final int EAGAIN = 11;
  public static final int ENOMEM = 12;
  public static final int EACCES = 13;
  public static final int EFAULT = 14;
  public static final int ENOTBLK = 15;
  public static final int EBUSY = 16;
  public static final int EEXIST = 17;
  public static final int EXDEV = 18;
  public static final int ENODEV = 19;
  public static final int ENOTDIR = 20;
  public static final int EISDIR = 21;
  public static final int EINVAL = 22;
  public static final int ENFILE = 23;
  public static final int EMFILE = 24;
  public static final int ENOTTY = 25;
  public static final int ETXTBSY = 26;
  public static final int EFBIG = 27;
  public static final int ENOSPC = 28;
  public static final int ESPIPE = 29;
  public static final int EROFS = 30;
  public static final int EMLINK = 31;
  public static final int EPIPE = 32;
  public static final int EDOM = 33;
  public static final int ERANGE = 34;
  public static final int EDEADLK = 35;
  public static final int ENAMETOOLONG = 36;
  public static final int ENOLCK = 37;
  public static final int ENOSYS = 38;
  public static final int ENOTEMPTY = 39;
  public static final int ELOOP = 40;
  public static final int ENOMSG = 42;
  public static final int EIDRM = 43;
  public static final int ECHRNG = 44;
  public static final int EL2NSYNC = 45;
  public static final int EL3HLT = 46;
  public static final int EL3RST = 47;
  public static final int ELNRNG = 48;
  public static final int EUNATCH = 49;
  public static final int ENOCSI = 50;
  public static final int EL2HLT = 51;
  public static final int EBADE = 52;
  public static final int EBADR = 53;
  public static final int EXFULL = 54;
  public static final int ENOANO = 55;
  public static final int EBADRQC = 56;
  public static final int EBADSLT = 57;
  public static final int EBFONT = 59;
  public static final int ENOSTR = 60;
  public static final int ENODATA = 61;
  public static final int ETIME = 62;
  public static final int ENOSR = 63;
  public static final int ENONET = 64;
  public static final int ENOPKG = 65;
  public static final int EREMOTE = 66;
  public static final int ENOLINK = 67;
  public static final int EADV = 68;
  public static final int ESRMNT = 69;
  public static final int ECOMM = 70;
  public static final int EPROTO = 71;
  public static final int EMULTIHOP = 72;
  public static final int EDOTDOT = 73;
  public static final int EBADMSG = 74;
  public static final int EOVERFLOW = 75;
  public static final int ENOTUNIQ = 76;
  public static final int EBADFD = 77;
  public static final int EREMCHG = 78;
  public static final int ELIBACC = 79;
  public static final int ELIBBAD = 80;
  public static final int ELIBSCN = 81;
  public static final int ELIBMAX = 82;
  public static final int ELIBEXEC = 83;
  public static final int EILSEQ = 84;
  public static final int ERESTART = 85;
  public static final int ESTRPIPE = 86;
  public static final int EUSERS = 87;
  public static final int ENOTSOCK = 88;
  public static final int EDESTADDRREQ = 89;
  public static final int EMSGSIZE = 90;
  public static final int EPROTOTYPE = 91;
  public static final int ENOPROTOOPT = 92;
  public static final int EPROTONOSUPPORT = 93;
  public static final int ESOCKTNOSUPPORT = 94;
  public static final int EOPNOTSUPP = 95;
  public static final int EPFNOSUPPORT = 96;
  public static final int EAFNOSUPPORT = 97;
  public static final int EADDRINUSE = 98;
  public static final int EADDRNOTAVAIL = 99;
  public static final int ENETDOWN = 100;
  public static final int ENETUNREACH = 101;
  public static final int ENETRESET = 102;
  public static final int ECONNABORTED = 103;
  public static final int ECONNRESET = 104;
  public static final int ENOBUFS = 105;
  public static final int EISCONN = 106;
  public static final int ENOTCONN = 107;
  public static final int ESHUTDOWN = 108;
  public static final int ETOOMANYREFS = 109;
  public static final int ETIMEDOUT = 110;
  public static final int ECONNREFUSED = 111;
  public static final int EHOSTDOWN = 112;
  public static final int EHOSTUNREACH = 113;
  public static final int EALREADY = 114;
  public static final int EINPROGRESS = 115;
  public static final int ESTALE = 116;
  public static final int EUCLEAN = 117;
  public static final int ENOTNAM = 118;
  public static final int ENAVAIL = 119;
  public static final int EISNAM = 120;
  public static final int EREMOTEIO = 121;
  public static final int EDQUOT = 122;
  public static final int ENOMEDIUM = 123;
  public static final int EMEDIUMTYPE = 124;
  public static final int ECANCELED = 125;
  public static final int ENOKEY = 126;
  public static final int EKEYEXPIRED = 127;
  public static final int EKEYREVOKED = 128;
  public static final int EKEYREJECTED = 129;
  public static final int EOWNERDEAD = 130;
  public static final int ENOTRECOVERABLE = 131;
  public static final int ERFKILL = 132;
  public static final int EHWPOISON = 133;

  /// Another name of [#EAGAIN].
  public static final int EWOULDBLOCK = EAGAIN;

  /// The largest number in the table; the kernel keeps the numbers up to 4095 for errors.
  public static final int LAST = EHWPOISON;

  private static final String TABLE =
      """
      1 EPERM operation not permitted
      2 ENOENT no such file or directory
      3 ESRCH no such process
      4 EINTR interrupted by a signal
      5 EIO input/output error
      6 ENXIO no such device or address
      7 E2BIG argument list too long
      8 ENOEXEC not an executable format
      9 EBADF not an open file descriptor
      10 ECHILD no child process
      11 EAGAIN would block; try again
      12 ENOMEM out of memory
      13 EACCES permission denied
      14 EFAULT bad memory address
      15 ENOTBLK not a block device
      16 EBUSY device or resource busy
      17 EEXIST already exists
      18 EXDEV crosses file systems
      19 ENODEV no such device
      20 ENOTDIR not a directory
      21 EISDIR is a directory
      22 EINVAL invalid argument
      23 ENFILE the system has too many open files
      24 EMFILE the process has too many open files
      25 ENOTTY the device does not know this control code
      26 ETXTBSY executable file is running
      27 EFBIG file too large
      28 ENOSPC no space left on device
      29 ESPIPE cannot seek here
      30 EROFS read-only file system
      31 EMLINK too many links
      32 EPIPE nobody reads the pipe
      33 EDOM argument outside the function's domain
      34 ERANGE result out of range
      35 EDEADLK would deadlock
      36 ENAMETOOLONG file name too long
      37 ENOLCK no locks left
      38 ENOSYS the kernel lacks this function
      39 ENOTEMPTY directory not empty
      40 ELOOP too many symbolic links
      42 ENOMSG no message of the wanted type
      43 EIDRM identifier removed
      44 ECHRNG channel number out of range
      45 EL2NSYNC level 2 not synchronized
      46 EL3HLT level 3 halted
      47 EL3RST level 3 reset
      48 ELNRNG link number out of range
      49 EUNATCH protocol driver not attached
      50 ENOCSI no CSI structure available
      51 EL2HLT level 2 halted
      52 EBADE invalid exchange
      53 EBADR invalid request descriptor
      54 EXFULL exchange full
      55 ENOANO no anode
      56 EBADRQC invalid request code
      57 EBADSLT invalid slot
      59 EBFONT bad font file
      60 ENOSTR not a stream
      61 ENODATA no data available
      62 ETIME timer expired
      63 ENOSR out of stream resources
      64 ENONET machine not on the network
      65 ENOPKG package not installed
      66 EREMOTE object is remote
      67 ENOLINK link severed
      68 EADV advertise error
      69 ESRMNT srmount error
      70 ECOMM communication error on send
      71 EPROTO protocol error
      72 EMULTIHOP multihop attempted
      73 EDOTDOT RFS error
      74 EBADMSG bad message
      75 EOVERFLOW value too large for its type
      76 ENOTUNIQ name not unique on the network
      77 EBADFD file descriptor in a bad state
      78 EREMCHG remote address changed
      79 ELIBACC shared library out of reach
      80 ELIBBAD shared library corrupt
      81 ELIBSCN section of a shared library corrupt
      82 ELIBMAX too many shared libraries
      83 ELIBEXEC a shared library cannot be executed
      84 EILSEQ invalid byte sequence
      85 ERESTART system call to be restarted
      86 ESTRPIPE stream pipe error
      87 EUSERS too many users
      88 ENOTSOCK not a socket
      89 EDESTADDRREQ destination address missing
      90 EMSGSIZE message too long
      91 EPROTOTYPE wrong protocol for this socket
      92 ENOPROTOOPT protocol option not available
      93 EPROTONOSUPPORT protocol not supported
      94 ESOCKTNOSUPPORT socket type not supported
      95 EOPNOTSUPP operation not supported
      96 EPFNOSUPPORT protocol family not supported
      97 EAFNOSUPPORT address family not supported
      98 EADDRINUSE address in use
      99 EADDRNOTAVAIL address not available here
      100 ENETDOWN network down
      101 ENETUNREACH network unreachable
      102 ENETRESET network reset the connection
      103 ECONNABORTED connection aborted
      104 ECONNRESET connection reset by the peer
      105 ENOBUFS no buffer space
      106 EISCONN already connected
      107 ENOTCONN not connected
      108 ESHUTDOWN endpoint was shut down
      109 ETOOMANYREFS too many references
      110 ETIMEDOUT timed out
      111 ECONNREFUSED connection refused
      112 EHOSTDOWN host down
      113 EHOSTUNREACH host unreachable
      114 EALREADY already in progress
      115 EINPROGRESS now in progress
      116 ESTALE stale file handle
      117 EUCLEAN file system needs a check
      118 ENOTNAM not a named-type file
      119 ENAVAIL no semaphores available
      120 EISNAM is a named-type file
      121 EREMOTEIO remote input/output error
      122 EDQUOT disk quota exceeded
      123 ENOMEDIUM no medium in the drive
      124 EMEDIUMTYPE wrong type of medium
      125 ECANCELED cancelled
      126 ENOKEY key missing
      127 EKEYEXPIRED key expired
      128 EKEYREVOKED key revoked
      129 EKEYREJECTED key rejected
      130 EOWNERDEAD owner died
      131 ENOTRECOVERABLE state not recoverable
      132 ERFKILL radio switched off
      133 EHWPOISON memory page has a hardware error
      """;

  private static final String[] NAMES = new String[LAST + 1];
  private static final String[] MEANINGS = new String[LAST + 1];

  static {
    for (int errno = 0; errno <= LAST; errno++) {
      NAMES[errno] = "errno " + errno;
      MEANINGS[errno] = "no meaning known";
    }
    TABLE
        .lines()
        .map(line -> line.split(" ", 3))
        .forEach(columns -> {
          int errno = Integer.parseInt(columns[0]);
          NAMES[errno] = columns[1];
          MEANINGS[errno] = columns[2];
        });
  }

  private Errno() {}

  /// Names an error number.
  ///
  /// @param errno a positive error number; negate the result of a call that failed
  /// @return the name as in the man pages, such as `ENOENT`; `errno N` for a number Linux does not
  ///   define
  public static String name(int errno) {
    return errno > 0 && errno <= LAST ? NAMES[errno] : "errno " + errno;
  }

  /// Describes an error number for people.
  ///
  /// @param errno a positive error number; negate the result of a call that failed
  /// @return name, number and meaning, such as `ENOENT (2): no such file or directory`
  public static String describe(int errno) {
    return errno > 0 && errno <= LAST
        ? NAMES[errno] + " (" + errno + "): " + MEANINGS[errno]
        : name(errno);
  }
}
