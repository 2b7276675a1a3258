package dev.ioreq.cli.copy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.cli.copy.DeviceUse.DeviceNumber;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExtentTest {
  private static final int SECTOR = 512;

  @TempDir Path root;

  private Path file = Path.of("");
  private Path sys = Path.of("");

  @BeforeEach
  void makeSystem() throws IOException {
    file = Files.createFile(root.resolve("disk.img"));
    sys = root.resolve("sys");
    Files.createDirectories(sys.resolve("dev/block"));
    disk("sda", "8:0");
    partition("sda/sda1", "8:1", 2048, 1000);
    partition("sda/sda2", "8:2", 3048, 1000);
  }

  private void disk(String name, String number) throws IOException {
    Path folder = Files.createDirectories(sys.resolve("devices/block/" + name));
    Files.writeString(folder.resolve("dev"), number + "\n");
    Files.createSymbolicLink(sys.resolve("dev/block/" + number), folder);
  }

  private void partition(String name, String number, long start, long size) throws IOException {
    disk(name, number);
    Path folder = sys.resolve("dev/block/" + number);
    Files.writeString(folder.resolve("partition"), "1\n");
    Files.writeString(folder.resolve("start"), start + "\n");
    Files.writeString(folder.resolve("size"), size + "\n");
  }

  private void loop(String name, String number, String file, long offset, long limit)
      throws IOException {
    disk(name, number);
    Path folder = Files.createDirectory(sys.resolve("dev/block/" + number + "/loop"));
    Files.writeString(folder.resolve("backing_file"), file + "\n");
    Files.writeString(folder.resolve("offset"), offset + "\n");
    Files.writeString(folder.resolve("sizelimit"), limit + "\n");
  }

  private Extent of(int major, int minor) {
    return Extent.of(new DeviceNumber(major, minor), sys);
  }

  @Test
  void partitionsLieOnTheirDiskAndBesideOneAnother() {
    assertThat(of(8, 2))
        .isEqualTo(new Extent(null, new DeviceNumber(8, 0), 3048 * SECTOR, 4048 * SECTOR));
    assertThat(of(8, 1).meets(of(8, 0))).isTrue();
    assertThat(of(8, 0).meets(of(8, 2))).isTrue();
    assertThat(of(8, 1).meets(of(8, 2))).isFalse();
    assertThat(of(8, 1).meets(of(8, 16))).isFalse();
  }

  @Test
  void loopDevicesLieInTheirFile() throws IOException {
    Path link = Files.createSymbolicLink(root.resolve("link"), file);
    loop("loop0", "7:0", file.toString(), 0, 4096);
    loop("loop1", "7:1", link.toString(), 4096, 0);

    assertThat(of(7, 0)).isEqualTo(new Extent(file, null, 0, 4096));
    assertThat(of(7, 1).meets(Extent.of(file, sys))).isTrue();
    assertThat(of(7, 0).meets(of(7, 1))).isFalse();
    assertThat(of(7, 0).meets(of(8, 0))).isFalse();
  }

  @Test
  void partitionOfALoopDeviceLiesInTheFileToo() throws IOException {
    loop("loop2", "7:2", file.toString(), 1000, 0);
    partition("loop2/loop2p1", "259:0", 2, 3);

    assertThat(of(259, 0)).isEqualTo(new Extent(file, null, 2024, 3560));
  }

  @Test
  void devicesOfTheSameDeletedFileLieOnTheSame() throws IOException {
    loop("loop3", "7:3", "/gone/disk.img (deleted)", 0, 0);
    loop("loop4", "7:4", "/gone/disk.img (deleted)", 0, 0);
    loop("loop5", "7:5", "/gone/other.img (deleted)", 0, 0);

    assertThat(of(7, 3).meets(of(7, 4))).isTrue();
    assertThat(of(7, 3).meets(of(7, 5))).isFalse();
  }

  @Test
  void whatTheSystemDoesNotDescribeLiesOnItself() {
    assertThat(of(8, 32)).isEqualTo(new Extent(null, new DeviceNumber(8, 32), 0, Long.MAX_VALUE));
  }
}
