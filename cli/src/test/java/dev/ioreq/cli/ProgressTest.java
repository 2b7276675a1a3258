package dev.ioreq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.cli.copy.Progress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private static String message(Function<PrintStream, Progress> progress, String line) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    progress.apply(out).message(line);
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void messagesQuoteNames() {
    assertThat(message(out -> new PlainProgress(out, true), "read of a\u001b[2J\nb"))
        .isEqualTo("ioreq: read of a\\x1b[2J\\nb\n");
    assertThat(message(BarProgress::new, "read of a\u001b[2J\nb"))
        .endsWith("ioreq: read of a\\x1b[2J\\nb\n");
  }
}
