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
  void aCopyMovesTwoLargeBlocksAtATime() {
    assertThat(options("a", "b").blockSizeBytes()).isEqualTo(2 << 20);
    assertThat(options("a", "b").depth()).isEqualTo(2);
    assertThat(options("--direct", "a", "b").blockSizeBytes()).isEqualTo(2 << 20);
    assertThat(options("--direct", "a", "b").depth()).isEqualTo(2);
  }

  @Test
  void aLowRateMovesSmallBlocks() {
    assertThat(options("--rate", "1KiB", "a", "b").blockSizeBytes()).isEqualTo(4 << 10);
    assertThat(options("--rate", "1MiB", "a", "b").blockSizeBytes()).isEqualTo(64 << 10);
    assertThat(options("--rate", "1GiB", "a", "b").blockSizeBytes()).isEqualTo(2 << 20);
    assertThat(options("--direct", "--rate", "1KiB", "a", "b").blockSizeBytes())
        .isEqualTo(64 << 10);
    assertThat(options("--rate", "1KiB", "--block-size", "1MiB", "a", "b").blockSizeBytes())
        .isEqualTo(1 << 20);
  }

  @Test
  void whatIsAskedForIsUsed() {
    CopyOptions asked = options("--direct", "--block-size", "64KiB", "--depth", "9", "a", "b");

    assertThat(asked.blockSizeBytes()).isEqualTo(64 << 10);
    assertThat(asked.depth()).isEqualTo(9);
  }
}
