package dev.ioreq.linux.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.LoopDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("device")
class BlockDiscardIT {
  private static final int MEBIBYTE = 1 << 20;

  @TempDir private Path folder;

  @Test
  void aDiscardedRangeOfALoopDeviceIsAHoleInItsFile() throws IOException {
    byte[] content = new byte[4 * MEBIBYTE];
    Arrays.fill(content, (byte) 9);
    Path file = Files.write(folder.resolve("disk"), content);
    try (TestRing test = TestRing.open();
        LoopDevice loop = LoopDevice.of(file)) {
      test.submissions.prepareBlockDiscard(0, loop.fd(), MEBIBYTE, MEBIBYTE, 1);
      int result = test.awaitResult();
      assumeTrue(
          result != -Errno.EOPNOTSUPP && result != -Errno.EINVAL,
          "requires discard by io_uring, Linux 6.12");
      assertThat(result).isZero();
      byte[] left = Files.readAllBytes(file);
      assertThat(left[MEBIBYTE - 1]).isEqualTo((byte) 9);
      assertThat(left[MEBIBYTE]).isZero();
      assertThat(left[2 * MEBIBYTE - 1]).isZero();
      assertThat(left[2 * MEBIBYTE]).isEqualTo((byte) 9);
    }
  }
}
