package dev.ioreq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TextsTest {
  @Test
  void controlCharactersAreQuoted() {
    assertThat(Texts.quoted("a\nb\rc\td")).isEqualTo("a\\nb\\rc\\td");
    assertThat(Texts.quoted("\0\u001b\u007f\u0080\u009f")).isEqualTo("\\x00\\x1b\\x7f\\x80\\x9f");
  }

  @Test
  void backslashesAreQuotedOnlyBesideControlCharacters() {
    assertThat(Texts.quoted("a\\n\n")).isEqualTo("a\\\\n\\n");
    assertThat(Texts.quoted("a\\n é 😀 \u00a0")).isEqualTo("a\\n é 😀 \u00a0");
  }

  @Test
  void tabsInFrontOfALineStay() {
    assertThat(Texts.quotedIndented("\t\tat a\tb")).isEqualTo("\t\tat a\\tb");
    assertThat(Texts.quotedIndented("")).isEmpty();
  }
}
