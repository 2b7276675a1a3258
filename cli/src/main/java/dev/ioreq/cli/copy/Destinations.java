package dev.ioreq.cli.copy;

import dev.ioreq.Access;
import dev.ioreq.DeviceInfo;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.TargetName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Checks and opens the destinations of one plan, in steps that each look at all of them:
///
/// ```
///   names, paths, use ▸ open what is there ▸ sizes, alignment ▸ make missing files ▸ their alignment ▸ empty files
///   └───────────────── a refusal leaves nothing changed ──────────────────────────────────────────┘
/// ```
///
/// A destination that cannot be opened is no reason to refuse the others: it becomes one that
/// failed. Used by one thread.
final class Destinations {
  private static final String USED_ELSEWHERE = "EBUSY";
  private static final Path DEVICES = Path.of("/dev");
  private static final Path SYS = Path.of("/sys");

  private static final class Opening {
    final String name;
    final Optional<NamedPath> path;
    @Nullable IoTarget target;
    @Nullable IoTarget tailTarget;
    @Nullable IoRequestException failure;
    boolean isMade; // it was not there before

    Opening(String name, Optional<NamedPath> path) {
      this.name = name;
      this.path = path;
    }

    boolean is(NamedPath.Type type) {
      return path.isPresent() && path.get().type() == type;
    }
  }

  private final String sourceName;
  private final CopyOptions options;
  private final long lengthBytes;
  private final List<Opening> openings = new ArrayList<>();
  private final DeviceUse deviceUse = DeviceUse.ofThisSystem();

  Destinations(String sourceName, List<String> names, CopyOptions options, long lengthBytes)
      throws RefusedException {
    this.sourceName = sourceName;
    this.options = options;
    this.lengthBytes = lengthBytes;
    for (String name : names) {
      openings.add(new Opening(name, NamedPath.of(parse(name))));
    }
  }

  static TargetName parse(String name) throws RefusedException {
    try {
      return TargetName.parse(name);
    } catch (IllegalArgumentException e) {
      RefusedException refused = new RefusedException(String.valueOf(e.getMessage()));
      refused.initCause(e);
      throw refused;
    }
  }

  /// Everything but the last step.
  void open() throws RefusedException {
    checkPaths();
    for (Opening opening : openings) {
      if (!opening.is(NamedPath.Type.MISSING)) {
        openExisting(opening);
      }
    }
    for (Opening opening : openings) {
      checkOpened(opening);
    }
    for (Opening opening : openings) {
      if (opening.is(NamedPath.Type.MISSING)) {
        make(opening);
        checkMadeOnce(opening);
        checkOpened(opening);
      }
    }
  }

  /// The last step: from here on something is touched.
  void empty() {
    for (Opening opening : openings) {
      empty(opening);
    }
  }

  // ------------------------------------------------------------------ paths

  private void checkPaths() throws RefusedException {
    Optional<NamedPath> source = NamedPath.of(parse(sourceName));
    for (int i = 0; i < openings.size(); i++) {
      Opening opening = openings.get(i);
      if (opening.path.isEmpty()) {
        continue;
      }
      NamedPath path = opening.path.get();
      if (source.isPresent() && path.isSameAs(source.get())) {
        throw new RefusedException(
            "%s is the source %s itself; name another destination"
                .formatted(opening.name, sourceName));
      }
      if (source.isPresent() && sharesBytes(path, source.get())) {
        throw new RefusedException(
            "%s and the source %s share bytes below; name another destination"
                .formatted(opening.name, sourceName));
      }
      for (Opening earlier : openings.subList(0, i)) {
        if (earlier.path.isPresent() && path.isSameAs(earlier.path.get())) {
          throw namedTwice(earlier, opening);
        }
        if (earlier.path.isPresent() && sharesBytes(path, earlier.path.get())) {
          throw new RefusedException(
              "%s and %s share bytes below; name one of them"
                  .formatted(earlier.name, opening.name));
        }
      }
      if (path.type() == NamedPath.Type.FOLDER) {
        throw new RefusedException(
            "%s is a folder; name a file in it, for example %s"
                .formatted(opening.name, path.path().resolve("copy.img")));
      }
      if (isMissingDevice(path)) {
        throw new RefusedException(
            "there is no device of the name %s; a file there would only be in memory"
                .formatted(opening.name));
      }
      if (!options.force()) {
        checkHarmless(opening, path);
      }
    }
  }

  /// Whether a block device and something else are, in part, the same bytes.
  private static boolean sharesBytes(NamedPath one, NamedPath other) {
    boolean isOneDevice = one.type() == NamedPath.Type.BLOCK_DEVICE;
    boolean isOtherDevice = other.type() == NamedPath.Type.BLOCK_DEVICE;
    boolean isPossible = (isOneDevice && other.isStorage()) || (isOtherDevice && one.isStorage());
    return isPossible && Extent.of(one.path(), SYS).meets(Extent.of(other.path(), SYS));
  }

  private static RefusedException namedTwice(Opening one, Opening other) {
    return new RefusedException(
        "%s and %s are the same destination; name it once".formatted(one.name, other.name));
  }

  /// Whether a path names nothing where the system keeps its devices. Other folders are not looked
  /// at: to tell the type of a file system takes long.
  private static boolean isMissingDevice(NamedPath path) {
    Path absolute = path.path().toAbsolutePath().normalize();
    Path folder = absolute.getParent();
    if (path.type() != NamedPath.Type.MISSING || folder == null || !absolute.startsWith(DEVICES)) {
      return false;
    }
    try {
      return Files.getFileStore(folder).type().equals("devtmpfs");
    } catch (IOException e) {
      return false; // the open will tell
    }
  }

  private void checkHarmless(Opening opening, NamedPath path) throws RefusedException {
    if (path.isFileWithContent()) {
      throw new RefusedException(
          "%s exists and is not empty; name another file, or overwrite it with --force"
              .formatted(opening.name));
    }
    if (path.type() == NamedPath.Type.BLOCK_DEVICE) {
      DeviceUse.@Nullable DeviceNumber number = DeviceUse.DeviceNumber.ofDevice(path.path());
      Optional<String> use = number == null ? Optional.empty() : deviceUse.of(number);
      if (use.isPresent()) {
        throw new RefusedException(
            "%s is in use (%s); release it first, or overwrite it with --force"
                .formatted(opening.name, use.get()));
      }
    }
  }

  // ------------------------------------------------------------------ opening

  private OpenOptions optionsOf(Opening opening, boolean isDirect) {
    // A file or device is opened anew for reading it back; anything else may be gone with its
    // target.
    Access access = options.verify() && opening.path.isEmpty() ? Access.READ_WRITE : Access.WRITE;
    OpenOptions open = CopyPlan.options(access, options);
    if (!isDirect && open.direct()) {
      open =
          new OpenOptions(
              open.access(),
              open.create(),
              open.truncate(),
              false,
              false,
              open.dropBehind(),
              open.handOver(),
              open.engine());
    }
    return open;
  }

  private void openExisting(Opening opening) throws RefusedException {
    OpenOptions open = optionsOf(opening, true);
    boolean isExclusive = opening.is(NamedPath.Type.BLOCK_DEVICE) && !options.force();
    try {
      opening.target =
          isExclusive ? openExclusively(opening, open) : CopyPlan.open(opening.name, open);
      openTail(opening);
    } catch (IoRequestException e) {
      if (isExclusive && e.status().name().equals(USED_ELSEWHERE)) {
        throw new RefusedException(
            "%s is in use by the system or another program; release it first, or overwrite it"
                    .formatted(opening.name)
                + " with --force");
      }
      opening.failure = e;
    }
  }

  /// Where the engine cannot ask the system for it, what was looked up before has to be enough.
  private static IoTarget openExclusively(Opening opening, OpenOptions open)
      throws RefusedException, IoRequestException {
    try {
      return CopyPlan.open(opening.name, open.withExclusive());
    } catch (IoRequestException e) {
      if (e.status().equals(IoStatus.NOT_SUPPORTED)) {
        return CopyPlan.open(opening.name, open);
      }
      throw e;
    }
  }

  private void make(Opening opening) throws RefusedException {
    OpenOptions open = optionsOf(opening, true).withCreate();
    try {
      opening.target = CopyPlan.open(opening.name, open);
      opening.isMade = true;
      openTail(opening);
    } catch (IoRequestException e) {
      opening.failure = e;
    }
  }

  /// Different paths may lead to a file that is not there: only now can it be told.
  private void checkMadeOnce(Opening made) throws RefusedException {
    if (!made.isMade) {
      return;
    }
    Path path = made.path.orElseThrow().path();
    for (Opening other : openings) {
      boolean isOpened = other != made && other.target != null && other.path.isPresent();
      if (isOpened && isSameFile(path, other.path.orElseThrow().path())) {
        throw namedTwice(other, made);
      }
    }
  }

  private static boolean isSameFile(Path one, Path other) {
    try {
      return Files.isSameFile(one, other);
    } catch (IOException e) {
      return false; // gone meanwhile: whoever removed it wanted it so
    }
  }

  /// A file or device without cache takes whole units only: the end of the copy may need the cache.
  private void openTail(Opening opening) throws RefusedException, IoRequestException {
    IoTarget target = opening.target;
    if (target != null && target.info().offsetAlignmentBytes() > 1 && opening.path.isPresent()) {
      opening.tailTarget = CopyPlan.open(opening.name, optionsOf(opening, false));
    }
  }

  private void checkOpened(Opening opening) throws RefusedException {
    IoTarget target = opening.target;
    if (target == null) {
      return;
    }
    DeviceInfo info = target.info();
    CopyPlan.checkAlignment(opening.name, info, options);
    if (info.isReadOnly() && info.kind().equals("block")) {
      throw new RefusedException(
          "%s can only be read; name another device, or make it writable with blockdev --setrw"
              .formatted(opening.name));
    }
    boolean isFile = info.kind().equals("file");
    if (!isFile && info.hasSize() && info.sizeBytes() < lengthBytes) {
      throw new RefusedException(
          "%s holds %d bytes, and %d are to be copied; name a larger one, or copy less with --size"
              .formatted(opening.name, info.sizeBytes(), lengthBytes));
    }
    if (options.verify() && !info.hasSize()) {
      throw new RefusedException(
          "%s cannot be read back; leave out --verify".formatted(opening.name));
    }
  }

  private void empty(Opening opening) {
    IoTarget target = opening.target;
    if (target == null || opening.isMade || !target.info().kind().equals("file")) {
      return;
    }
    if (target.info().sizeBytes() == 0) {
      return;
    }
    try {
      target.close();
      target.reopen(opening.name, optionsOf(opening, true).withTruncate());
    } catch (IoRequestException e) {
      opening.failure = e;
      opening.target = null;
    }
  }

  // ------------------------------------------------------------------ the outcome

  /// What is known of those that are open.
  List<DeviceInfo> infos() {
    List<DeviceInfo> infos = new ArrayList<>();
    for (Opening opening : openings) {
      IoTarget target = opening.target;
      if (target != null && opening.failure == null) {
        infos.add(target.info());
      }
    }
    return infos;
  }

  List<Destination> opened() {
    return openings.stream().map(Destinations::toDestination).toList();
  }

  private static Destination toDestination(Opening opening) {
    IoRequestException failure = opening.failure;
    IoTarget target = opening.target;
    if (failure != null || target == null) {
      closeTargets(opening);
      return failure == null
          ? new Destination(opening.name, IoStatus.UNSUCCESSFUL, "open")
          : new Destination(opening.name, failure.status(), withoutStatus(failure));
    }
    return new Destination(opening.name, target, opening.tailTarget);
  }

  /// What failed and how; the status, which stands behind it, is told beside it.
  private static String withoutStatus(IoRequestException failure) {
    String text = String.valueOf(failure.getMessage());
    String status = ": " + failure.status();
    return text.endsWith(status) ? text.substring(0, text.length() - status.length()) : text;
  }

  private static void closeTargets(Opening opening) {
    if (opening.tailTarget != null) {
      opening.tailTarget.close();
    }
    if (opening.target != null) {
      opening.target.close();
    }
  }

  /// The plan was refused: closes everything and removes the files that were made for it.
  void abandon() {
    for (Opening opening : openings) {
      closeTargets(opening);
      if (opening.isMade && opening.path.isPresent()) {
        removeIfEmpty(opening.path.get().path());
      }
    }
  }

  private static void removeIfEmpty(Path made) {
    try {
      if (Files.size(made) == 0) {
        Files.delete(made.toRealPath()); // not a link that leads to it
      }
    } catch (IOException e) {
      return; // it was there a moment ago; whoever removed or filled it wanted it so
    }
  }
}
