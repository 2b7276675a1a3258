package dev.ioreq.cli.copy;

import dev.ioreq.Access;
import dev.ioreq.DeviceInfo;
import dev.ioreq.IoMemory;
import dev.ioreq.IoMemoryPool;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.SendOptions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A copy that is ready to be made: source and destinations are open, and nothing speaks against
/// it.
///
/// [#prepare] looks at everything before it touches anything: what it refuses leaves every
/// destination as it was, files that it had to make included. So the memory is taken before
/// anything is emptied, too. The plan owns what it opened, and the memory.
public final class CopyPlan implements AutoCloseable {
  private static final Set<IoStatus> WRONG_NAMES =
      Set.of(
          IoStatus.OBJECT_NAME_NOT_FOUND,
          IoStatus.NO_SUCH_DEVICE,
          IoStatus.INVALID_PARAMETER,
          IoStatus.INSUFFICIENT_RESOURCES);

  private static final char REPLACED = '\uFFFD';

  private final CopyOptions options;
  private final String sourceName;
  private final IoTarget source;
  private final @Nullable IoTarget salvageSource; // past the cache
  private final boolean isStream;
  private final List<Destination> destinations;
  private final CopyLayout layout;
  private final BlockDigests digests;
  private final IoMemoryPool pool;

  private CopyPlan(
      CopyOptions options,
      String sourceName,
      IoTarget source,
      @Nullable IoTarget salvageSource,
      boolean isStream,
      List<Destination> destinations,
      CopyLayout layout,
      BlockDigests digests,
      IoMemoryPool pool) {
    this.options = options;
    this.sourceName = sourceName;
    this.source = source;
    this.salvageSource = salvageSource;
    this.isStream = isStream;
    this.destinations = destinations;
    this.layout = layout;
    this.digests = digests;
    this.pool = pool;
  }

  /// Looks at everything, then opens it.
  ///
  /// @param sourceName what to read
  /// @param destinationNames what to write, at least one
  /// @param options how
  /// @return the plan
  /// @throws RefusedException if it cannot work or would destroy data; nothing was touched
  /// @throws IoRequestException if the source cannot be opened; nothing was touched
  public static CopyPlan prepare(
      String sourceName, List<String> destinationNames, CopyOptions options)
      throws RefusedException, IoRequestException {
    checkText(sourceName);
    for (String name : destinationNames) {
      checkText(name);
    }
    IoTarget source = open(sourceName, options(Access.READ, options));
    @Nullable IoTarget salvageSource = null;
    @Nullable Destinations destinations = null;
    @Nullable IoMemoryPool pool = null;
    try {
      boolean isStream = !source.info().hasSize() || givesDataWithoutSize(source);
      long length = length(sourceName, source.info(), isStream, options);
      checkAlignment(sourceName, source.info(), options);
      salvageSource = options.skipErrors() ? openDirect(sourceName, source.info(), options) : null;
      destinations = new Destinations(sourceName, destinationNames, options, length);
      destinations.open();
      List<DeviceInfo> infos = destinations.infos();
      infos.add(source.info());
      if (salvageSource != null) {
        infos.add(salvageSource.info());
      }
      CopyLayout layout = CopyLayout.of(options, length, isStream, infos);
      BlockDigests digests = layout.allocateDigests(options.verify());
      pool = layout.allocate();
      destinations.empty();
      CopyPlan plan =
          new CopyPlan(
              options,
              sourceName,
              source,
              salvageSource,
              isStream,
              destinations.opened(),
              layout,
              digests,
              pool);
      source = null;
      salvageSource = null;
      destinations = null;
      pool = null;
      return plan;
    } finally {
      if (pool != null) {
        pool.close();
      }
      if (destinations != null) {
        destinations.abandon();
      }
      if (salvageSource != null) {
        salvageSource.close();
      }
      if (source != null) {
        source.close();
      }
    }
  }

  /// Opens the source past the cache, too. Null where it is so already, or cannot be.
  private static @Nullable IoTarget openDirect(String name, DeviceInfo info, CopyOptions options) {
    if (info.isDirect() || !(info.kind().equals("file") || info.kind().equals("block"))) {
      return null;
    }
    OpenOptions open = OpenOptions.of(Access.READ).withDirect();
    IoTarget target;
    try {
      target =
          IoTarget.open(
              name, options.engine().isEmpty() ? open : open.withEngine(options.engine()));
    } catch (IoRequestException e) {
      return null;
    }
    DeviceInfo direct = target.info();
    if (direct.isDirect() && options.blockSizeBytes() % direct.offsetAlignmentBytes() == 0) {
      return target;
    }
    target.close();
    return null;
  }

  /// The virtual machine puts a character in the place of bytes that are no text to it: the name
  /// then is another's.
  private static void checkText(String name) throws RefusedException {
    if (name.indexOf(REPLACED) >= 0) {
      throw new RefusedException(
          "the name '%s' holds bytes that are no text in this locale; set LC_ALL=C.UTF-8 or rename it"
              .formatted(name));
    }
  }

  /// Files of `/proc` say that they are empty, and are not.
  private static boolean givesDataWithoutSize(IoTarget source) {
    DeviceInfo info = source.info();
    if (info.sizeBytes() != 0 || !info.kind().equals("file")) {
      return false;
    }
    long length = Math.max(CopyLayout.PAGE_BYTES, info.offsetAlignmentBytes());
    long alignment = Math.max(CopyLayout.PAGE_BYTES, info.memoryAlignmentBytes());
    SendOptions second = SendOptions.timeout(Duration.ofSeconds(1));
    try (IoMemory memory = IoMemory.allocate(length, alignment)) {
      return source.sendReadSynchronously(Optional.empty(), memory, 0, length, 0, second) > 0;
    } catch (IoRequestException e) {
      return false; // its end, or the copy will tell
    }
  }

  private static long length(String name, DeviceInfo info, boolean isStream, CopyOptions options)
      throws RefusedException {
    boolean hasEnd = !isStream && info.sizeBytes() < Long.MAX_VALUE;
    if (!hasEnd && options.sizeBytes().isEmpty()) {
      throw new RefusedException(
          info.sizeBytes() == 0
              ? "%s says that it is empty and gives data; say how much to copy at the most, for example --size 1MiB"
                  .formatted(name)
              : "%s has no size of its own; say how much to copy, for example --size 1GiB"
                  .formatted(name));
    }
    long most = options.sizeBytes().orElse(Long.MAX_VALUE);
    return hasEnd ? Math.min(info.sizeBytes(), most) : most;
  }

  static void checkAlignment(String name, DeviceInfo info, CopyOptions options)
      throws RefusedException {
    if (options.blockSizeBytes() % info.offsetAlignmentBytes() != 0) {
      throw new RefusedException(
          "block size %d is not a multiple of %d bytes, which %s needs; change --block-size%s"
              .formatted(
                  options.blockSizeBytes(),
                  info.offsetAlignmentBytes(),
                  name,
                  info.isDirect() ? ", or leave out --direct" : ""));
    }
  }

  static OpenOptions options(Access access, CopyOptions options) {
    OpenOptions open = OpenOptions.of(access);
    if (options.direct()) {
      open = open.withDirect();
    }
    if (!options.keepCached()) {
      open = open.withDropBehind();
    }
    return options.engine().isEmpty() ? open : open.withEngine(options.engine());
  }

  /// Opens, and tells a name that is none from a thing that cannot be opened.
  static IoTarget open(String name, OpenOptions options)
      throws RefusedException, IoRequestException {
    try {
      return IoTarget.open(name, options);
    } catch (IllegalArgumentException e) {
      throw refused(e);
    } catch (IoRequestException e) {
      if (WRONG_NAMES.contains(e.status())) {
        throw refused(e);
      }
      throw e;
    }
  }

  private static RefusedException refused(Exception cause) {
    RefusedException refused = new RefusedException(String.valueOf(cause.getMessage()));
    refused.initCause(cause);
    return refused;
  }

  CopyOptions options() {
    return options;
  }

  String sourceName() {
    return sourceName;
  }

  IoTarget source() {
    return source;
  }

  /// Whether the source tells its end only when it is read: it is read in order, as far as it
  /// gives.
  boolean isStream() {
    return isStream;
  }

  /// The source past the cache, for pieces of blocks that cannot be read through it.
  @Nullable IoTarget salvageSource() {
    return salvageSource;
  }

  List<Destination> destinations() {
    return destinations;
  }

  /// How much there is to copy.
  long lengthBytes() {
    return layout.lengthBytes();
  }

  long blockSizeBytes() {
    return options.blockSizeBytes();
  }

  /// How many blocks are under way at once: what was asked for, or fewer where more cannot be.
  int depth() {
    return layout.depth();
  }

  long memoryAlignment() {
    return layout.memoryAlignment();
  }

  /// How large the memory of a block is.
  long bufferBytes() {
    return layout.bufferBytes();
  }

  /// What the verification compares with; empty if none was asked for.
  BlockDigests digests() {
    return digests;
  }

  /// The memory of the blocks, one for each that is under way.
  IoMemoryPool pool() {
    return pool;
  }

  @Override
  public void close() {
    pool.close();
    destinations.forEach(Destination::close);
    if (salvageSource != null) {
      salvageSource.close();
    }
    source.close();
  }
}
