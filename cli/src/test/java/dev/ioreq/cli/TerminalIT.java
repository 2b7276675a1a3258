package dev.ioreq.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `ioreq copy` at a terminal of its own.
class TerminalIT {
  @TempDir Path folder;

  @BeforeEach
  void needsScript() {
    assumeTrue(Files.exists(Path.of("/usr/bin/script")), "requires script (util-linux)");
  }

  /// What a copy writes to a terminal that a few commands of the shell have set up.
  private String terminal(String setUp) {
    String script = "export SHELL=/bin/sh; script -qec \"" + setUp + "; exec $*\" /dev/null";
    Program.Ended ended = Program.runByShell(folder, script, "copy", "pattern:1MiB", "x.img");
    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
    return ended.out();
  }

  private static List<String> bars(String terminal) {
    return Arrays.stream(terminal.split("[\r\n]+"))
        .map(line -> line.replaceAll("\u001b\\[[0-9;?]*[A-Za-z]", ""))
        .filter(line -> line.startsWith("copy "))
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "50, 100, 50",
    "130, 100, 130",
    "5, 100, 20",
    "700, 100, 500",
    "0, 100, 100",
    "0, many, 80",
    "0, '', 80"
  })
  void barIsAsWideAsTheTerminal(int ofTerminal, String ofEnvironment, int columns) {
    List<String> bars =
        bars(
            terminal(
                "stty cols %d; export TERM=xterm COLUMNS=%s".formatted(ofTerminal, ofEnvironment)));

    assertThat(bars).isNotEmpty().allMatch(bar -> bar.length() == columns - 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"unset TERM", "export TERM=", "export TERM=dumb"})
  void terminalThatCanDoNothingGetsLines(String setUp) {
    String terminal = terminal(setUp);

    assertThat(terminal.replace("\r\n", "\n")).doesNotContain("\u001b", "\r");
    assertThat(terminal).contains("x.img: complete");
  }
}
