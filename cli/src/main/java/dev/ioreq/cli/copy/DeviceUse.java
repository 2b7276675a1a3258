package dev.ioreq.cli.copy;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Tells whether the system uses a block device: as a file system, as swap, or below another
/// device. On systems without `/proc` and `/sys` nothing is known to be in use.
///
/// ```
///   /proc/self/mountinfo   36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
///                                major:minor  root  mount point         type  source
/// ```
///
/// @see "man 5 proc_pid_mountinfo; man 5 proc_swaps"
final class DeviceUse {
  private static final int DEVICE = 2;
  private static final int MOUNT_POINT = 4;
  private static final String BACKING_FILE = "loop/backing_file";

  private final Path proc;
  private final Path sys;

  DeviceUse(Path proc, Path sys) {
    this.proc = proc;
    this.sys = sys;
  }

  static DeviceUse ofThisSystem() {
    return new DeviceUse(Path.of("/proc"), Path.of("/sys"));
  }

  /// What a block device is used for.
  ///
  /// @param device the device's number
  /// @return for a person, for example `mounted at /home`; empty if nothing is known
  Optional<String> of(DeviceNumber device) {
    return ofOneOrPartition(device).or(() -> ofOtherLoop(device));
  }

  private Optional<String> ofOneOrPartition(DeviceNumber device) {
    Optional<String> own = ofOne(device);
    if (own.isPresent()) {
      return own;
    }
    Path folder = folderOf(device);
    try (DirectoryStream<Path> children = Files.newDirectoryStream(folder)) {
      for (Path child : children) {
        if (Files.exists(child.resolve("partition"))) {
          DeviceNumber partition =
              DeviceNumber.parse(Files.readString(child.resolve("dev")).strip());
          Optional<String> use = partition == null ? Optional.empty() : ofOne(partition);
          if (use.isPresent()) {
            return Optional.of("its partition " + child.getFileName() + " is " + use.get());
          }
        }
      }
    } catch (IOException e) {
      return Optional.empty(); // not a device that the system describes: there is nothing to find
    }
    return Optional.empty();
  }

  private Path folderOf(DeviceNumber device) {
    return sys.resolve("dev/block").resolve(device.toString());
  }

  /// A loop device's file may be behind another loop device, which is in use.
  private Optional<String> ofOtherLoop(DeviceNumber device) {
    if (!Files.exists(folderOf(device).resolve(BACKING_FILE))) {
      return Optional.empty();
    }
    Extent own = Extent.of(device, sys);
    try (DirectoryStream<Path> disks = Files.newDirectoryStream(sys.resolve("block"), "loop*")) {
      for (Path disk : disks) {
        DeviceNumber other =
            Files.exists(disk.resolve(BACKING_FILE))
                ? DeviceNumber.parse(Files.readString(disk.resolve("dev")).strip())
                : null;
        if (other != null && !other.equals(device) && own.meets(Extent.of(other, sys))) {
          Optional<String> use = ofOneOrPartition(other);
          if (use.isPresent()) {
            return Optional.of(
                "its file is also behind " + disk.getFileName() + ", which is " + use.get());
          }
        }
      }
    } catch (IOException e) {
      return Optional.empty(); // devices come and go
    }
    return Optional.empty();
  }

  private Optional<String> ofOne(DeviceNumber device) {
    return mount(device).or(() -> swap(device)).or(() -> holder(device));
  }

  private Optional<String> mount(DeviceNumber device) {
    String number = device.toString();
    return firstLine(
            proc.resolve("self/mountinfo"),
            line -> {
              String[] fields = line.split(" ", -1);
              if (fields.length <= MOUNT_POINT) {
                return false;
              }
              int dash = line.indexOf(" - ");
              String[] behind = dash < 0 ? new String[0] : line.substring(dash + 3).split(" ", -1);
              // Some file systems have numbers of their own; then the source names the device.
              return fields[DEVICE].equals(number)
                  || (behind.length > 1
                      && behind[1].startsWith("/dev/")
                      && device.equals(DeviceNumber.ofDevice(Path.of(unescape(behind[1])))));
            })
        .map(line -> "mounted at " + unescape(line.split(" ", -1)[MOUNT_POINT]));
  }

  private Optional<String> swap(DeviceNumber device) {
    return firstLine(
            proc.resolve("swaps"),
            line ->
                line.startsWith("/")
                    && device.equals(
                        DeviceNumber.ofDevice(Path.of(unescape(line.split("\\s+", -1)[0])))))
        .map(line -> "in use as swap");
  }

  private Optional<String> holder(DeviceNumber device) {
    Path holders = folderOf(device).resolve("holders");
    try (DirectoryStream<Path> names = Files.newDirectoryStream(holders)) {
      for (Path name : names) {
        return Optional.of("in use by " + name.getFileName());
      }
    } catch (IOException e) {
      return Optional.empty();
    }
    return Optional.empty();
  }

  private static Optional<String> firstLine(Path file, Predicate<String> matches) {
    try {
      return Files.readAllLines(file).stream().filter(matches).findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /// Blanks in these files are written as three octal digits.
  private static String unescape(String text) {
    return text.replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\");
  }

  /// A device's number.
  ///
  /// @param major the driver
  /// @param minor which of its devices
  record DeviceNumber(int major, int minor) {
    /// The number of the device that a path leads to.
    ///
    /// @return null if it leads to none
    static @Nullable DeviceNumber ofDevice(Path path) {
      try {
        return ofRaw((long) Files.getAttribute(path, "unix:rdev"));
      } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
        return null;
      }
    }

    /// Takes `st_rdev` apart.
    static DeviceNumber ofRaw(long raw) {
      return new DeviceNumber(
          (int) ((raw >>> 8 & 0xFFF) | (raw >>> 32 & ~0xFFFL)),
          (int) ((raw & 0xFF) | (raw >>> 12 & ~0xFFL)));
    }

    static @Nullable DeviceNumber parse(String text) {
      int colon = text.indexOf(':');
      try {
        return new DeviceNumber(
            Integer.parseInt(text.substring(0, Math.max(0, colon))),
            Integer.parseInt(text.substring(colon + 1)));
      } catch (NumberFormatException e) {
        return null;
      }
    }

    @Override
    public String toString() {
      return major + ":" + minor;
    }
  }
}
