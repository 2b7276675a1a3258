package dev.ioreq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.cli.copy.CopyOptions;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

final class CopyCommandTest {
  private static CopyOptions options(String... arguments) {
    CopyCommand command = new CopyCommand();
    new CommandLine(command.spec()).parseArgs(arguments);
    return command.options();
  }

  @Test
  void aCopyPastTheCachesMovesLargerBlocks() {
    assertThat(options("a", "b").blockSizeBytes()).isEqualTo(512 << 10);
    assertThat(options("--direct", "a", "b").blockSizeBytes()).isEqualTo(2 << 20);
  }

  @Test
  void theBlockSizeThatIsAskedForIsUsed() {
    assertThat(options("--direct", "--block-size", "64KiB", "a", "b").blockSizeBytes())
        .isEqualTo(64 << 10);
  }
}
