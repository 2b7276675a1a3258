package dev.ioreq.portable;

import dev.ioreq.Device;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.OpenOptions;
import dev.ioreq.TargetName;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One open, from the name to the device.
final class Opening {
  private final TargetName name;
  private final OpenOptions options;

  Opening(TargetName name, OpenOptions options) {
    this.name = name;
    this.options = options;
  }

  Device open() throws IoRequestException {
    if (name.rest().isEmpty()) {
      throw failure(Errors.ENOENT, null);
    }
    try {
      Path path = Path.of(name.rest());
      PathKind kind = PathKind.of(path);
      checkScheme(kind);
      return switch (kind) {
        case DIRECTORY -> throw failure(Errors.EISDIR, null);
        case SOCKET -> throw failure(Errors.ENXIO, null);
        case CHARACTER, PIPE -> openStream(path, kind);
        case FILE, BLOCK, MISSING -> openFile(path, kind);
      };
    } catch (InvalidPathException e) {
      throw failure(IoStatus.INVALID_PARAMETER, e);
    } catch (IoRequestException e) {
      throw e;
    } catch (IOException e) {
      throw failure(IoStatus.ofIoException(e), e);
    } catch (UnsupportedOperationException e) { // this system has no such open option
      throw failure(IoStatus.NOT_SUPPORTED, " past the cache by the portable engine", e);
    }
  }

  /// The scheme `file` is for whatever the path is; the others are not.
  private void checkScheme(PathKind kind) throws IoRequestException {
    boolean isAsked =
        name.scheme().equals("file")
            || name.scheme().equals(kind.word())
            || kind == PathKind.MISSING
            || kind == PathKind.DIRECTORY
            || kind == PathKind.SOCKET;
    if (!isAsked) {
      throw failure(
          name.scheme().equals("block") ? Errors.ENOTBLK : Errors.ENODEV,
          ": it is of kind '%s'; open file:%s".formatted(kind.word(), name.rest()),
          null);
    }
  }

  // ------------------------------------------------------------------ files and block devices

  private Device openFile(Path path, PathKind kind) throws IOException {
    if (options.exclusive() && kind == PathKind.BLOCK) {
      // NIO has O_EXCL only together with O_CREAT
      throw failure(IoStatus.NOT_SUPPORTED, " exclusively by the portable engine", null);
    }
    FileChannel channel = FileChannel.open(path, fileOptions(kind));
    try {
      PathKind opened = kind == PathKind.MISSING ? PathKind.FILE : kind;
      FileStore store = Files.getFileStore(path);
      return new FileDevice(
          opened,
          channel,
          options,
          blockSize(store),
          opened == PathKind.FILE && store.isReadOnly(),
          Workers.shared());
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private Set<OpenOption> fileOptions(PathKind kind) {
    Set<OpenOption> set = new HashSet<>(accessOptions());
    boolean mayCreate = kind == PathKind.MISSING && name.scheme().equals("file");
    if (kind == PathKind.FILE || mayCreate) {
      if (options.create()) {
        set.add(options.exclusive() ? StandardOpenOption.CREATE_NEW : StandardOpenOption.CREATE);
      }
      if (options.truncate()) {
        set.add(StandardOpenOption.TRUNCATE_EXISTING);
      }
    }
    if (options.direct()) {
      set.add(direct());
    }
    return set;
  }

  /// `ExtendedOpenOption.DIRECT`, by name: whoever names its class in source is warned that a JDK
  /// need not have it.
  private static OpenOption direct() {
    try {
      Object[] all = Class.forName("com.sun.nio.file.ExtendedOpenOption").getEnumConstants();
      for (Object option : all == null ? new Object[0] : all) {
        if (option.toString().equals("DIRECT")) {
          return (OpenOption) option;
        }
      }
    } catch (ClassNotFoundException e) {
      throw new UnsupportedOperationException("this JDK has no direct I/O", e);
    }
    throw new UnsupportedOperationException("this JDK has no direct I/O");
  }

  private Set<OpenOption> accessOptions() {
    return switch (options.access()) {
      case READ -> Set.of(StandardOpenOption.READ);
      case WRITE -> Set.of(StandardOpenOption.WRITE);
      case READ_WRITE -> Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);
    };
  }

  private static int blockSize(FileStore store) throws IOException {
    try {
      return Math.toIntExact(Math.max(1, store.getBlockSize()));
    } catch (UnsupportedOperationException e) {
      return 1;
    }
  }

  // ------------------------------------------------------------------ character devices, pipes

  private Device openStream(Path path, PathKind kind) throws IOException {
    String file = name.rest();
    return switch (options.access()) {
      case READ -> new StreamDevice(kind, file, FileChannel.open(path, accessOptions()), null);
      case WRITE -> new StreamDevice(kind, file, null, FileChannel.open(path, accessOptions()));
      case READ_WRITE -> openBothWays(path, kind);
    };
  }

  /// A channel carries out one transfer without position at a time, so that a read which waits
  /// would hold up every write. Two channels then, but over one descriptor: some devices
  /// (`/dev/ptmx`) are a new one with each open.
  @SuppressWarnings("resource") // the device closes the channels, and these the descriptor
  private Device openBothWays(Path path, PathKind kind) throws IOException {
    RandomAccessFile file;
    try {
      file = new RandomAccessFile(path.toFile(), "rw");
    } catch (FileNotFoundException e) {
      throw withReason(path, e);
    }
    try {
      return new StreamDevice(
          kind, name.rest(), file.getChannel(), new FileOutputStream(file.getFD()).getChannel());
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /// Takes the system's reason out of `PATH (REASON)`.
  private static IOException withReason(Path path, FileNotFoundException failure) {
    String message = failure.getMessage();
    int at = message == null ? -1 : message.lastIndexOf(" (");
    if (message == null || at < 0 || !message.endsWith(")")) {
      return failure;
    }
    FileSystemException told =
        new FileSystemException(
            path.toString(), null, message.substring(at + 2, message.length() - 1));
    told.initCause(failure);
    return told;
  }

  private IoRequestException failure(IoStatus status, @Nullable Exception cause) {
    return failure(status, "", cause);
  }

  private IoRequestException failure(IoStatus status, String how, @Nullable Exception cause) {
    IoRequestException failure =
        new IoRequestException(
            status, 0, "open of %s for %s%s".formatted(name, options.access(), how));
    if (cause != null) {
      failure.initCause(cause);
    }
    return failure;
  }
}
