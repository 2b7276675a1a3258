package dev.ioreq.engines;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoTarget;
import dev.ioreq.linux.RingProvider;
import dev.ioreq.portable.PortableProvider;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A process that the kernel really refuses a ring, as the profile of a container does, with both
/// engines on its module path.
@Tag("device")
@Timeout(60)
class PortableFallbackIT {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"1, EPERM", "38, ENOSYS"})
  void whereRingsAreForbiddenThePortableEngineTakesOver(int errno, String name) throws Exception {
    String output = runForbidden(errno);
    assertThat(output.lines().toList())
        .as(output)
        .containsSubsequence("engine portable", "wrote 65536", "read 65536 as written")
        .contains("ioctl NOT_SUPPORTED", "asked for ring: NO_SUCH_DEVICE")
        .anyMatch(line ->
            line.startsWith("engines ")
                && line.contains("ring (unavailable: io_uring_setup gives " + name)
                && line.contains("portable"));
  }

  private String runForbidden(int errno) throws IOException, InterruptedException {
    String modules =
        String.join(
            ":",
            placeOf(IoTarget.class),
            placeOf(RingProvider.class),
            placeOf(PortableProvider.class));
    Process child =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--module-path=" + modules,
                    "--add-modules=dev.ioreq.linux,dev.ioreq.portable",
                    "--add-exports=dev.ioreq.linux/dev.ioreq.linux.abi=ALL-UNNAMED",
                    "--enable-native-access=dev.ioreq,dev.ioreq.linux",
                    "-cp",
                    placeOf(ForbiddenRings.class),
                    ForbiddenRings.class.getName(),
                    String.valueOf(errno),
                    folder.resolve("data").toString()))
            .redirectErrorStream(true)
            .start();
    try {
      child.getOutputStream().close();
      String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(child.waitFor()).as(output).isZero();
      return output;
    } finally {
      child.destroyForcibly();
    }
  }

  private static String placeOf(Class<?> type) {
    URI place = URI.create(type.getProtectionDomain().getCodeSource().getLocation().toString());
    return Path.of(place).toString();
  }
}
