package dev.ioreq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/// Each command and its manual page name the same options and exit codes.
class ManualPageTest {
  private static final Path MANUAL = Path.of("../docs/manual");
  private static final Pattern OPTION = Pattern.compile("(?<![\\w-])--[a-z][a-z-]*");
  private static final Pattern DESCRIBED = Pattern.compile("(?m)^- (`-[^:]*):");
  private static final Pattern EXIT_CODE = Pattern.compile("(?m)^\\| ([0-9]+) \\|");

  private static CommandSpec command(String name) {
    return Objects.requireNonNull(Main.commandLine().getSubcommands().get(name)).getCommandSpec();
  }

  private static String section(String page, String title) {
    int begin = page.indexOf("\n## " + title + "\n");
    assertThat(begin).as(title).isNotNegative();
    int end = page.indexOf("\n## ", begin + 1);
    return page.substring(begin, end < 0 ? page.length() : end);
  }

  private static Set<String> options(String text) {
    return OPTION
        .matcher(text)
        .results()
        .map(MatchResult::group)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @ParameterizedTest
  @ValueSource(strings = {"copy", "info"})
  void pageAndHelpNameTheSameOptions(String name) throws IOException {
    String page = Files.readString(MANUAL.resolve("ioreq-" + name + ".md"));
    Set<String> inHelp =
        options(command(name).commandLine().getUsageMessage(CommandLine.Help.Ansi.OFF));
    Set<String> inModel =
        command(name).options().stream()
            .flatMap(o -> Arrays.stream(o.names()))
            .filter(o -> o.startsWith("--"))
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> inPage =
        DESCRIBED
            .matcher(section(page, "Options"))
            .results()
            .flatMap(r -> options(r.group(1)).stream())
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(inHelp).isEqualTo(inModel);
    assertThat(inPage).isEqualTo(inHelp);
    assertThat(inHelp).containsAll(options(page));
  }

  @ParameterizedTest
  @ValueSource(strings = {"copy", "info"})
  void pageAndHelpNameTheSameExitCodes(String name) throws IOException {
    String page = Files.readString(MANUAL.resolve("ioreq-" + name + ".md"));
    Set<String> inPage =
        EXIT_CODE
            .matcher(section(page, "Exit codes"))
            .results()
            .map(r -> r.group(1))
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(inPage).isEqualTo(command(name).usageMessage().exitCodeList().keySet());
  }

  @ParameterizedTest
  @ValueSource(strings = {"copy", "info"})
  void pageHasItsSections(String name) throws IOException {
    String page = Files.readString(MANUAL.resolve("ioreq-" + name + ".md"));

    for (String title :
        new String[] {
          "Name", "Synopsis", "Description", "Options", "Exit codes", "Examples", "See also"
        }) {
      assertThat(section(page, title)).hasSizeGreaterThan(title.length() + 10);
    }
  }
}
