package dev.ioreq.bench.rivals;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestFileTest {
  private static final int MIB = 1 << 20;

  @TempDir private Path folder;

  @Test
  void oneOfAnotherLengthIsMadeAnew() throws IOException {
    Path file = folder.resolve("read.img");
    TestFile.make(file, MIB);
    TestFile.make(file, 2 * MIB);
    assertThat(file).hasSize(2 * MIB);
  }

  @Test
  void somebodyElsesFileStaysAsItIs() throws IOException {
    Path file = Files.writeString(folder.resolve("read.img"), "what somebody needs");
    assertThatThrownBy(() -> TestFile.make(file, MIB))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("somebody else's file: move it, or choose another folder");
    assertThat(file).hasContent("what somebody needs");
  }

  @Test
  void whatCannotBeWrittenIsSaidWithItsName() {
    Path file = folder.resolve("none").resolve("read.img");
    assertThatThrownBy(() -> TestFile.make(file, MIB))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file + " of 1 MiB cannot be written");
  }
}
