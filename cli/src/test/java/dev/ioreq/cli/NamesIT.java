package dev.ioreq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Names that somebody chose to mislead the program, a person, or a terminal.
class NamesIT {
  private static final String FORGED = "a\nb.img: complete, flushed";
  private static final String COLOURED = "\u001b[31mred";

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

  private static void assertHasNoControlCharacters(String text) {
    assertThat(text.lines()).allMatch(line -> line.chars().noneMatch(Character::isISOControl));
  }

  @Test
  void reportQuotesNames() throws IOException {
    Files.writeString(folder.resolve(FORGED), "content");

    Program.Ended ended = Program.run(folder, "copy", FORGED, COLOURED, "--hash", "sha256");

    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertHasNoControlCharacters(ended.out());
    assertThat(ended.out().lines()).hasSize(3);
    assertThat(ended.out())
        .contains("of a\\nb.img: complete, flushed in")
        .contains("\n\\x1b[31mred: complete, flushed\n");
  }

  @Test
  void jsonHasNamesAsTheyAre() throws IOException {
    Files.writeString(folder.resolve(FORGED), "content");

    Program.Ended ended = Program.run(folder, "copy", FORGED, COLOURED, "--json");

    assertThat(ended.json().get("source").getAsString()).isEqualTo(FORGED);
    assertThat(ended.destination(0).get("name").getAsString()).isEqualTo(COLOURED);
    assertHasNoControlCharacters(ended.err());
  }

  @Test
  void messagesQuoteNames() throws IOException {
    Files.writeString(folder.resolve(FORGED), "content");
    String[][] wrong = {
      {"copy", COLOURED, "x.img"},
      {"copy", "pattern:4KiB", FORGED},
      {"copy", "pattern:4KiB", "x.img", "--" + COLOURED},
      {"copy", "pattern:4KiB", "x.img", "--size", FORGED},
      {"copy", "pattern:4KiB", COLOURED + "/x.img"},
      {"info", COLOURED},
      {"info", COLOURED + ":1"},
      {COLOURED}
    };
    for (String[] arguments : wrong) {
      Program.Ended ended = Program.run(folder, arguments);

      assertThat(ended.exitCode()).isNotZero();
      assertHasNoControlCharacters(ended.err() + ended.out());
      assertThat(ended.err() + ended.out()).containsAnyOf("a\\nb.img: complete", "\\x1b[31mred");
    }
  }

  @Test
  void infoQuotesNames() throws IOException {
    Files.writeString(folder.resolve(FORGED), "content");

    Program.Ended ended = Program.run(folder, "info", FORGED);

    assertThat(ended.out()).contains("a\\nb.img: complete, flushed\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "back\\slash", "line\nfeed", "\\\n\\n"})
  void hashIsPrintedAsSha256sumPrintsIt(String name) throws Exception {
    Files.writeString(folder.resolve(name), "content");

    Program.Ended ended = Program.run(folder, "copy", name, "x.img", "--quiet", "--hash", "sha256");

    Process sum = new ProcessBuilder("sha256sum", name).directory(folder.toFile()).start();
    String expected = new String(sum.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(ended.out()).isEqualTo("sha256: " + expected);
  }
}
