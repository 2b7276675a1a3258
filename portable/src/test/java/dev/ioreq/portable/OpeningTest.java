package dev.ioreq.portable;

import static dev.ioreq.portable.Targets.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.DeviceInfo;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.StorageControl;
import dev.ioreq.testkit.Requirement;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OpeningTest {
  private static final OpenOptions READ = OpenOptions.of(Access.READ).withEngine("portable");
  private static final OpenOptions BOTH = OpenOptions.of(Access.READ_WRITE).withEngine("portable");

  @TempDir private Path directory;

  @Test
  void aMissingFileIsNoSuchFile() {
    assertErrno("file:" + directory.resolve("missing"), READ, "ENOENT");
    assertErrno("file:", READ, "ENOENT");
    assertErrno("block:" + directory.resolve("missing"), BOTH.withCreate(), "ENOENT");
    assertThat(directory.resolve("missing")).doesNotExist();
  }

  @Test
  void aPathThroughAFileIsNotADirectory() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    assertErrno("file:" + file + "/below", READ, "ENOTDIR");
  }

  @Test
  void aDirectoryAndASocketAreRefused() throws IOException {
    assertErrno("file:" + directory, READ, "EISDIR");
    assertErrno("file:" + directory, BOTH, "EISDIR");
    Path socket = directory.resolve("socket");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      assertErrno("file:" + socket, BOTH, "ENXIO");
    }
  }

  @Test
  void aSchemeThatThePathIsNotIsRefused() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    assertErrno("block:" + file, READ, "ENOTBLK");
    assertErrno("char:" + file, READ, "ENODEV");
    assertErrno("block:/dev/null", READ, "ENOTBLK");
  }

  @Test
  void aFileWithoutRightsIsPermissionDenied() throws IOException {
    Requirement.needs(
        "a user with limits",
        !"root".equals(System.getProperty("user.name")),
        "root may open everything");
    Path file = Files.createFile(directory.resolve("file"));
    Files.setPosixFilePermissions(file, java.util.Set.of());
    assertErrno("file:" + file, READ, "EACCES");
  }

  @Test
  void aPathThatIsNoneIsAnInvalidParameter() {
    assertThat(failure(() -> IoTarget.open("file:a\0b", READ)).status())
        .isEqualTo(IoStatus.INVALID_PARAMETER);
  }

  @Test
  void createMakesAndExclusiveRefusesWhatIsThere() throws IOException {
    Path file = directory.resolve("file");
    try (IoTarget target = IoTarget.open("file:" + file, BOTH.withCreate().withExclusive())) {
      assertThat(target.info().sizeBytes()).isZero();
    }
    assertErrno("file:" + file, BOTH.withCreate().withExclusive(), "EEXIST");
    Files.write(file, new byte[10]);
    try (IoTarget target = IoTarget.open("file:" + file, BOTH.withCreate())) {
      assertThat(target.info().sizeBytes()).isEqualTo(10);
    }
  }

  @Test
  void truncateEmpties() throws IOException {
    Path file = Files.write(directory.resolve("file"), new byte[10]);
    try (IoTarget target = IoTarget.open("file:" + file, BOTH.withTruncate())) {
      assertThat(target.info().sizeBytes()).isZero();
    }
  }

  @Test
  void theMessageNamesTheTarget() {
    String name = "file:" + directory.resolve("missing");
    assertThat(failure(() -> IoTarget.open(name, READ)))
        .hasMessage("open of " + name + " for READ: ENOENT (errno 2): no such file or directory")
        .hasRootCauseInstanceOf(java.nio.file.NoSuchFileException.class);
  }

  @Test
  void aCharacterDeviceThatIsMissingTellsTheKernelsReason() throws IOException {
    Requirement.needs("/dev/ptmx", Files.exists(Path.of("/dev/ptmx")), "it is not there");
    Requirement.needsRoot();
    Path node = directory.resolve("node"); // a device number that nobody serves
    Requirement.run("mknod", List.of("mknod", node.toString(), "c", "4095", "77"));
    assertErrno("char:" + node, BOTH, "ENXIO");
    assertErrno("char:" + node, READ, "ENXIO");
    Path block = directory.resolve("block");
    Requirement.run("mknod", List.of("mknod", block.toString(), "b", "4095", "77"));
    assertErrno("block:" + block, BOTH, "ENXIO");
  }

  @Test
  void aFileTellsWhatItIs() throws IOException {
    Path file = Files.write(directory.resolve("file"), new byte[5000]);
    try (IoTarget target = IoTarget.open(file.toString(), BOTH)) {
      DeviceInfo info = target.info();
      assertThat(info.kind()).isEqualTo("file");
      assertThat(info.engine()).isEqualTo("portable");
      assertThat(info.sizeBytes()).isEqualTo(5000);
      assertThat((long) info.blockSizeBytes()).isEqualTo(Files.getFileStore(file).getBlockSize());
      assertThat(info.offsetAlignmentBytes()).isEqualTo(1);
      assertThat(info.isDirect()).isFalse();
      assertThat(info.isReadOnly()).isFalse();
      assertThat(info.controlCodes())
          .containsExactly(StorageControl.FLUSH, StorageControl.WRITE_ZEROES);
      target.sendWriteSynchronously(IoMemory.wrap(java.nio.ByteBuffer.allocateDirect(10)), 5000);
      assertThat(target.info().sizeBytes()).isEqualTo(5010);
    }
  }

  @Test
  void theEngineIsFoundAndHasAName() {
    assertThat(IoTarget.engines()).contains("portable");
    assertThat(new PortableProvider().priority()).isEqualTo(10);
    assertThat(new PortableProvider().unavailable()).isEmpty();
  }

  private static void assertErrno(String name, OpenOptions options, String expected) {
    IoRequestException failure = failure(() -> IoTarget.open(name, options));
    assertThat(failure.status().name()).as("%s", failure.getMessage()).isEqualTo(expected);
    assertThat(failure.status().errno()).isPositive();
  }
}
