package dev.ioreq.cli.copy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.cli.copy.DeviceUse.DeviceNumber;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeviceUseTest {
  @TempDir Path root;

  private DeviceUse use = DeviceUse.ofThisSystem();

  @BeforeEach
  void makeSystem() throws IOException {
    Path proc = root.resolve("proc");
    Path sys = root.resolve("sys");
    use = new DeviceUse(proc, sys);
    Files.createDirectories(proc.resolve("self"));
    Files.writeString(
        proc.resolve("self/mountinfo"),
        """
        22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/root rw
        30 22 7:0 / /mnt/with\\040blank rw - ext2 /dev/loop0 rw
        """);
    Files.writeString(proc.resolve("swaps"), "Filename Type Size Used Priority\n");
    Path disk = sys.resolve("dev/block/8:0");
    Files.createDirectories(disk.resolve("sda2"));
    Files.writeString(disk.resolve("sda2/partition"), "2\n");
    Files.writeString(disk.resolve("sda2/dev"), "8:2\n");
    Files.createDirectories(sys.resolve("dev/block/8:16/holders/dm-0"));
  }

  @Test
  void mountedDeviceIsInUse() {
    assertThat(use.of(new DeviceNumber(8, 2))).contains("mounted at /");
    assertThat(use.of(new DeviceNumber(7, 0))).contains("mounted at /mnt/with blank");
  }

  @Test
  void diskWithAMountedPartitionIsInUse() {
    assertThat(use.of(new DeviceNumber(8, 0))).contains("its partition sda2 is mounted at /");
  }

  @Test
  void deviceBelowAnotherIsInUse() {
    assertThat(use.of(new DeviceNumber(8, 16))).contains("in use by dm-0");
  }

  @Test
  void loopDeviceOfAFileThatAnotherHasMountedIsInUse() throws IOException {
    Path file = Files.createFile(root.resolve("disk.img"));
    Path other = Files.createFile(root.resolve("other.img"));
    loop("loop0", "7:0", file);
    loop("loop1", "7:1", file);
    loop("loop2", "7:2", other);

    assertThat(use.of(new DeviceNumber(7, 1)))
        .contains("its file is also behind loop0, which is mounted at /mnt/with blank");
    assertThat(use.of(new DeviceNumber(7, 2))).isEmpty();
  }

  private void loop(String name, String number, Path file) throws IOException {
    Path folder = Files.createDirectories(root.resolve("sys/block").resolve(name));
    Files.createSymbolicLink(root.resolve("sys/dev/block").resolve(number), folder);
    Files.writeString(folder.resolve("dev"), number + "\n");
    Files.createDirectory(folder.resolve("loop"));
    Files.writeString(folder.resolve("loop/backing_file"), file + "\n");
    Files.writeString(folder.resolve("loop/offset"), "0\n");
    Files.writeString(folder.resolve("loop/sizelimit"), "0\n");
  }

  @Test
  void otherDevicesAreFree() {
    assertThat(use.of(new DeviceNumber(8, 32))).isEmpty();
  }

  @Test
  void numbersAreTakenApartAsTheKernelPutsThemTogether() {
    assertThat(DeviceNumber.ofRaw(0x0801)).isEqualTo(new DeviceNumber(8, 1));
    assertThat(DeviceNumber.parse("259:3")).isEqualTo(new DeviceNumber(259, 3));
    assertThat(DeviceNumber.parse("nonsense")).isNull();
    // major 259, minor 300: minor's upper bits lie above the major
    long raw = (259L & 0xFFF) << 8 | (300L & 0xFF) | (300L & ~0xFFL) << 12;
    assertThat(DeviceNumber.ofRaw(raw)).isEqualTo(new DeviceNumber(259, 300));
  }
}
