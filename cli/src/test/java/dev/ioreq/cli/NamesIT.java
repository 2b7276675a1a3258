package dev.ioreq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Names that somebody chose to mislead the program, a person, or a terminal.
class NamesIT {
  @TempDir Path folder;

  @Test
  void nameThatBeginsWithAtIsAName() throws IOException {
    Files.writeString(folder.resolve("b"), "--force other.img");

    Program.Ended ended = Program.run(folder, "copy", "pattern:4KiB", "@b");

    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(folder.resolve("@b")).hasSize(4096);
    assertThat(folder.resolve("other.img")).doesNotExist();

    Program.Ended back = Program.run(folder, "copy", "@b", "c.img");
    assertThat(back.exitCode()).as(back.err()).isZero();
    assertThat(Program.run(folder, "info", "@b").exitCode()).isZero();
  }
}
