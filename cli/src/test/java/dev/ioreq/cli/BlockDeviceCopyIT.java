package dev.ioreq.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ioreq.Pattern;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `ioreq copy` with block devices and full file systems, which only root can make.
@Tag("device")
class BlockDeviceCopyIT {
  private static final int MEBIBYTE = 1 << 20;

  @TempDir Path folder;

  private final Deque<List<String>> undo = new ArrayDeque<>();

  private record Output(int exitCode, String text) {}

  private static Output execute(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Output(process.waitFor(), text.strip());
    } catch (IOException | InterruptedException e) {
      return new Output(-1, String.valueOf(e.getMessage()));
    }
  }

  private static String require(String... command) {
    Output output = execute(List.of(command));
    assumeTrue(
        output.exitCode == 0, () -> "requires " + String.join(" ", command) + ": " + output.text);
    return output.text;
  }

  @AfterEach
  void undoAll() {
    undo.forEach(BlockDeviceCopyIT::execute);
  }

  private String loopDevice(Path image) {
    String device = require("losetup", "--find", "--show", image.toString());
    undo.push(List.of("losetup", "--detach", device));
    return device;
  }

  private Path image(int bytes) throws IOException {
    Path image = folder.resolve("image");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(bytes);
    }
    return image;
  }

  @Test
  void mountedDeviceIsRefused() throws IOException {
    Path image = image(8 * MEBIBYTE);
    require("mkfs.ext4", "-q", image.toString());
    String device = loopDevice(image);
    Path mountPoint = Files.createDirectory(folder.resolve("mounted"));
    require("mount", device, mountPoint.toString());
    undo.push(List.of("umount", mountPoint.toString()));

    Program.Ended ended = Program.run(folder, "copy", "pattern:1MiB", device, "other.img");

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err()).contains("mounted at " + mountPoint).contains("--force");
    assertThat(folder.resolve("other.img")).doesNotExist();
  }

  @Test
  void deviceWhoseFileIsMountedByAnotherIsRefused() throws IOException {
    Path image = image(8 * MEBIBYTE);
    require("mkfs.ext4", "-q", image.toString());
    String mounted = loopDevice(image);
    String other = loopDevice(image);
    Path mountPoint = Files.createDirectory(folder.resolve("mounted"));
    require("mount", mounted, mountPoint.toString());
    undo.push(List.of("umount", mountPoint.toString()));

    Program.Ended ended = Program.run(folder, "copy", "pattern:1MiB", other);

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err()).contains("mounted at " + mountPoint).contains("--force");
  }

  @Test
  void sourceBehindALoopDeviceIsNoDestination() throws IOException {
    Path image = image(MEBIBYTE);
    String one = loopDevice(image);
    String other = loopDevice(image);
    String[][] wrong = {
      {"image", one}, {one, "image"}, {one, other}, {"pattern:1MiB", "image", one}
    };

    for (String[] names : wrong) {
      String[] arguments =
          Stream.concat(Stream.of("copy", "--force"), Stream.of(names)).toArray(String[]::new);
      Program.Ended ended = Program.run(folder, arguments);
      assertThat(ended.exitCode()).as(String.join(" ", names) + ended.out()).isEqualTo(2);
      assertThat(ended.err()).contains("share bytes");
    }
  }

  @Test
  void deviceIsCopiedToAndVerifiedPastTheCache() throws IOException {
    String device = loopDevice(image(8 * MEBIBYTE));

    Program.Ended ended = Program.run(folder, "copy", "pattern:8MiB", device, "--verify", "--json");

    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.destination(0).get("verified").getAsBoolean()).isTrue();
    Program.Ended back = Program.run(folder, "copy", device, "pattern:8MiB");
    assertThat(back.exitCode()).as(back.err()).isZero();
  }

  @Test
  void onlyWhatIsBadIsSkipped() throws IOException {
    int bad = MEBIBYTE + 300 * 1024 + 1536; // in the middle of a block
    Path image = image(2 * MEBIBYTE);
    Program.run(folder, "copy", "pattern:2MiB", "image", "--force");
    String device = require("losetup", "--find", "--show", "--direct-io=on", image.toString());
    undo.push(List.of("losetup", "--detach", device));
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(bad); // what lies behind cannot be read any more
    }

    Program.Ended ended =
        Program.run(
            folder, "copy", device, "copy.img", "--on-error", "skip", "--retries", "1", "--json");

    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(1);
    assertThat(ended.json().getAsJsonArray("skipped").toString())
        .isEqualTo("[{\"offset\":%d,\"length\":%d}]".formatted(bad, 2 * MEBIBYTE - bad));
    byte[] bytes = Files.readAllBytes(folder.resolve("copy.img"));
    assertThat(Pattern.agreeing(0, 0, MemorySegment.ofArray(bytes), 0, bytes.length))
        .isEqualTo(bad);
    assertThat(ended.err().lines().filter(line -> line.contains("skipped, zeroes"))).hasSize(1);
    assertThat(ended.err().lines().filter(line -> line.contains("sent again"))).hasSize(1);
  }

  @Test
  void portableEngineWritesDevicesToo() throws IOException {
    String device = loopDevice(image(MEBIBYTE));

    Program.Ended ended =
        Program.run(folder, "copy", "pattern:1MiB", device, "--engine", "portable");

    assertThat(ended.exitCode()).as(ended.err() + ended.out()).isZero();
    byte[] bytes = Files.readAllBytes(folder.resolve("image"));
    assertThat(Pattern.agreeing(0, 0, MemorySegment.ofArray(bytes), 0, bytes.length))
        .isEqualTo(MEBIBYTE);
  }

  @Test
  void deviceThatCanOnlyBeReadIsRefused() throws IOException {
    Files.writeString(folder.resolve("old"), "content");
    String device =
        require("losetup", "--find", "--show", "--read-only", image(MEBIBYTE).toString());
    undo.push(List.of("losetup", "--detach", device));

    Program.Ended ended = Program.run(folder, "copy", "pattern:1MiB", "old", device, "--force");

    assertThat(ended.exitCode()).as(ended.err() + ended.out()).isEqualTo(2);
    assertThat(ended.err()).contains(device + " can only be read");
    assertThat(folder.resolve("old")).hasContent("content");
  }

  @Test
  void nameThatNoDeviceHasIsRefused() throws IOException {
    Path devices = Path.of("/dev");
    assumeTrue(
        Files.getFileStore(devices).type().equals("devtmpfs"), "requires devices in a devtmpfs");
    Path missing = devices.resolve("ioreq-no-such-device");
    try {
      Program.Ended ended = Program.run(folder, "copy", "pattern:1MiB", missing.toString());

      assertThat(ended.exitCode()).as(ended.out()).isEqualTo(2);
      assertThat(ended.err()).contains("no device of the name " + missing);
      assertThat(missing).doesNotExist();
    } finally {
      Files.deleteIfExists(missing);
    }
  }

  @Test
  void smallerDeviceIsRefused() throws IOException {
    String device = loopDevice(image(MEBIBYTE));

    Program.Ended ended = Program.run(folder, "copy", "pattern:2MiB", "other.img", device);

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err()).contains("holds 1048576 bytes");
    assertThat(folder.resolve("other.img")).doesNotExist();
  }

  @Test
  void sparseCopyMakesOldContentZero() throws IOException {
    String device = loopDevice(image(8 * MEBIBYTE));
    assertThat(Program.run(folder, "copy", "pattern:8MiB", device).exitCode()).isZero();

    Program.Ended ended =
        Program.run(folder, "copy", "null:8MiB", device, "--sparse", "--verify", "--json");

    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.destination(0).get("verified").getAsBoolean()).isTrue();
  }

  @Test
  void fullFileSystemDoesNotStopTheOther() throws IOException {
    Path full = Files.createDirectory(folder.resolve("full"));
    require("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", full.toString());
    undo.push(List.of("umount", full.toString()));

    // one block at a time: of several in flight it is chance which of them gets the last room
    Program.Ended ended =
        Program.run(
            folder, "copy", "pattern:4MiB", "full/x.img", "good.img", "--json", "--depth", "1");

    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(1);
    assertThat(ended.destination(0).get("status").getAsString()).isEqualTo("ENOSPC");
    long whole = ended.destination(0).get("wholeUntil").getAsLong();
    byte[] bytes = Files.readAllBytes(full.resolve("x.img"));
    assertThat(whole).isBetween(1L, (long) MEBIBYTE);
    assertThat(Pattern.agreeing(0, 0, MemorySegment.ofArray(bytes), 0, bytes.length))
        .isGreaterThanOrEqualTo(whole);
    assertThat(ended.destination(1).get("state").getAsString()).isEqualTo("complete");
  }
}
