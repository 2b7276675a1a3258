package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.trace.TraceKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// The manual page and the code say the same.
class VerifierManualTest {
  private static final Path PAGE = Path.of("../docs/manual/verifier.md");

  private static String row(VerifierRule rule) {
    return "| `%s` | %s | %s | %s %s |"
        .formatted(
            rule,
            rule.weight().name().toLowerCase(Locale.ROOT) + (rule.isOnByDefault() ? "" : ", off"),
            String.join(", ", rule.statements()),
            rule.wrong(),
            rule.wayOut());
  }

  @Test
  @DisplayName("the manual page has a row for every rule, as the rule explains itself")
  void everyRuleHasItsRow() throws IOException {
    List<String> rows =
        Files.readAllLines(PAGE).stream()
            .filter(line -> line.matches("\\| `[A-Z_]+` \\| (fatal|error|notice).*"))
            .toList();
    assertThat(rows)
        .containsExactlyElementsOf(
            Arrays.stream(VerifierRule.values()).map(VerifierManualTest::row).toList());
  }

  @Test
  @DisplayName("no rule is only talked about: each is checked somewhere")
  void everyRuleIsChecked() throws IOException {
    StringBuilder sources = new StringBuilder();
    try (Stream<Path> files = Files.list(Path.of("src/main/java/dev/ioreq"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        sources.append(Files.readString(file));
      }
    }
    for (VerifierRule rule : VerifierRule.values()) {
      assertThat(sources).containsPattern("VerifierRule\\." + rule + "\\b");
    }
  }

  @Test
  @DisplayName("the manual page names every event, property and mode")
  void everyWordIsNamed() throws IOException {
    String page = Files.readString(PAGE);
    for (TraceKind kind : TraceKind.values()) {
      assertThat(page).contains("`" + kind + "`");
    }
    assertThat(page)
        .contains(
            "`" + VerifierSettings.MODE + "`",
            "`" + VerifierSettings.HISTORY + "`",
            "`" + VerifierSettings.EVENTS + "`");
    for (Enum<?> choice :
        Stream.of(Verifier.Mode.values(), Verifier.History.values())
            .flatMap(Arrays::<Enum<?>>stream)
            .toList()) {
      assertThat(page).contains("`" + choice.name().toLowerCase(Locale.ROOT) + "`");
    }
  }

  @Test
  @DisplayName("the manual page names every JFR event with its fields")
  void everyJfrEventIsNamed() throws IOException {
    String page = Files.readString(PAGE);
    try (Stream<Path> sources = Files.list(Path.of("src/main/java/dev/ioreq/trace"))) {
      List<Path> events =
          sources.filter(file -> file.getFileName().toString().endsWith("Event.java")).toList();
      assertThat(events).hasSize(6);
      for (Path event : events) {
        String source = Files.readString(event);
        String name =
            Pattern.compile("@Name\\(\"(.*?)\"\\)")
                .matcher(source)
                .results()
                .findFirst()
                .orElseThrow()
                .group(1);
        String row =
            page.lines().filter(line -> line.startsWith("| `" + name + "`")).findFirst().orElse("");
        assertThat(row).as(name).isNotEmpty();
        Pattern.compile("(?m)^  (?:long|int|String|boolean) (\\w+)")
            .matcher(source)
            .results()
            .forEach(field -> assertThat(row).as(name).contains("`" + field.group(1) + "`"));
      }
    }
  }
}
