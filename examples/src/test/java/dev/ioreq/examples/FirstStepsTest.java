package dev.ioreq.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoTarget;
import dev.ioreq.testkit.Requirement;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FirstStepsTest extends ExampleTest {
  @TempDir private Path folder;

  @Test
  @DisplayName("R-160, R-193, R-259 a file is written by a request, and read by a call that waits")
  void writesAndReads() throws Exception {
    Path file = folder.resolve("a file");
    String printed = printed(() -> FirstSteps.main(new String[] {file.toString()}));
    assertThat(printed)
        .isEqualTo(
            """
            wrote 30 bytes: SUCCESS: done
            read  30 bytes: a request, formatted and sent
            behind the end: END_OF_FILE
            """);
    assertThat(file).hasContent("a request, formatted and sent\n");
  }

  @Test
  @DisplayName("R-193, R-251, R-264 a read that waits is cancelled, and times out")
  void cancelsAndTimesOut() throws Exception {
    needsRing();
    assertThat(printed(() -> CancelAndTimeout.main(new String[0])).lines())
        .map(line -> line.substring(0, line.lastIndexOf(':')))
        .containsExactly("cancelled: CANCELLED", "timed out: IO_TIMEOUT", "waited: IO_TIMEOUT");
  }

  @Test
  @DisplayName("R-170 a device control is an ioctl")
  void setsTheSizeOfATerminal() throws Exception {
    needsRing();
    assertThat(printed(() -> TerminalSize.main(new String[] {"50", "132"})))
        .isEqualTo("50 rows, 132 columns\n");
  }

  @Test
  @DisplayName("R-182, R-204, R-428 a filter sees what goes through it to a file")
  void logsWhatGoesThrough() throws Exception {
    Path file = folder.resolve("logged");
    assertThat(printed(() -> LogFilter.main(new String[] {file.toString()})))
        .isEqualTo("WRITE of 17 at 100: 17, SUCCESS\nREAD of 17 at 100: 17, SUCCESS\n");
    assertThat(Files.size(file)).isEqualTo(117);
  }

  @Test
  @DisplayName("R-429 a filter formats with memory of its own: the file holds other bytes")
  void scramblesWhatGoesThrough() throws Exception {
    Path file = folder.resolve("scrambled");
    assertThat(printed(() -> XorFilter.main(new String[] {file.toString()})))
        .endsWith("read back:   for your eyes only\n");
    assertThat(file).content().hasSize(18).doesNotContain("eyes");
  }

  @Test
  @DisplayName("R-007, R-370 a device in Java is used through a target")
  void usesADiskInMemory() throws Exception {
    assertThat(printed(() -> RamDisk.main(new String[0])))
        .isEqualTo("read 4096 bytes, the first is 7\nthe disk has 1048576 bytes\n");
  }

  private static void needsRing() {
    Requirement.needs(
        "io_uring", IoTarget.engines().contains("ring"), String.join(", ", IoTarget.engines()));
  }
}
