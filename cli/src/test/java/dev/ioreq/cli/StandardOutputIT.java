package dev.ioreq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is printed gets lost: whoever started the program learns it.
class StandardOutputIT {
  private static final String LOST = "ioreq: the report could not be written to standard output: ";

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "copy memory:4KiB x.img",
        "copy memory:4KiB x.img --hash sha256 --quiet",
        "copy memory:4KiB x.img --json",
        "info memory:4KiB",
        "info memory:4KiB --json",
        "info",
        "info --help",
        "--version"
      })
  void fullDeviceIsAnIoFailure(String arguments) {
    Program.Ended ended =
        Program.runByShell(folder, "exec \"$@\" > /dev/full", arguments.split(" "));

    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.err()).contains(LOST + "No space left on device\n").doesNotContain("\tat ");
  }

  @Test
  void closedOutputIsAnIoFailure() {
    Program.Ended ended = Program.runByShell(folder, "exec \"$@\" >&-", "info", "memory:4KiB");

    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.err()).isEqualTo(LOST + "Bad file descriptor\n");
  }

  @Test
  void pipeThatNobodyReadsIsAnIoFailure() {
    // the reader is gone before the program begins
    String script =
        """
        mkfifo pipe gate
        { read -r go < gate; exec "$@"; } > pipe &
        : < pipe
        echo go > gate
        wait $!
        """;
    Program.Ended ended = Program.runByShell(folder, script, "info", "memory:4KiB");

    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.err()).isEqualTo(LOST + "Broken pipe\n");
  }

  @Test
  void nothingToPrintIsNothingLost() {
    String script = "exec \"$@\" >&-";
    Program.Ended ended =
        Program.runByShell(folder, script, "copy", "memory:4KiB", "x.img", "--quiet");

    assertThat(ended).isEqualTo(new Program.Ended(0, "", ""));
  }

  @Test
  void otherFailureKeepsItsCode() throws IOException {
    Files.writeString(folder.resolve("old.img"), "content");

    Program.Ended ended =
        Program.runByShell(
            folder, "exec \"$@\" > /dev/full", "copy", "memory:4KiB", "old.img", "--json");

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err()).contains("--force").contains(LOST);
  }
}
