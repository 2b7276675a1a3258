package dev.ioreq.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The manual page for people who come from WDF: what it names is there, and it names what the
/// specification is about.
class FromWdfTest {
  private static final Path PAGE = Path.of("..", "docs", "manual", "from-wdf.md");
  private static final Path SPECIFICATION = Path.of("..", "docs", "spec", "behaviour.md");
  private static final List<String> PACKAGES = List.of("dev.ioreq.", "dev.ioreq.several.");

  private static final Pattern MEMBER = Pattern.compile("`([A-Z]\\w+)\\.(\\w+)`");
  private static final Pattern STATEMENT = Pattern.compile("\\| R-\\d+ \\| (CORE|WIDER) \\|.*");
  private static final Pattern FUNCTION =
      Pattern.compile("\\bWdf(Request|IoTarget|Memory|IoQueue|Device)[A-Z]\\w*");

  @Test
  void everyMemberNamedIsThere() throws IOException {
    List<String> missing =
        MEMBER
            .matcher(Files.readString(PAGE))
            .results()
            .filter(member -> !isThere(member.group(1), member.group(2)))
            .map(MatchResult::group)
            .toList();
    assertThat(missing).isEmpty();
  }

  private static boolean isThere(String className, String member) {
    for (String inPackage : PACKAGES) {
      try {
        return hasPublic(Class.forName(inPackage + className), member);
      } catch (ClassNotFoundException e) {
        // perhaps in the next one
      }
    }
    return false;
  }

  private static boolean hasPublic(Class<?> type, String member) {
    Stream<String> names =
        Stream.of(
                Arrays.stream(type.getMethods()).map(method -> method.getName()),
                Arrays.stream(type.getFields()).map(field -> field.getName()),
                Arrays.stream(type.getClasses()).map(nested -> nested.getSimpleName()))
            .flatMap(all -> all);
    return Modifier.isPublic(type.getModifiers()) && names.anyMatch(member::equals);
  }

  @Test
  void everyFunctionOfTheSpecificationHasARow() throws IOException {
    Set<String> wanted = new TreeSet<>();
    Files.readAllLines(SPECIFICATION).stream()
        .filter(line -> STATEMENT.matcher(line).matches())
        .forEach(line -> wanted.addAll(functions(line)));
    Set<String> rows = new TreeSet<>();
    Files.readAllLines(PAGE).stream()
        .filter(line -> line.startsWith("| "))
        .forEach(line -> rows.addAll(functions(line.split("\\|", -1)[1])));
    assertThat(wanted).as("the specification is read").contains("WdfRequestSend", "WdfIoQueueStop");
    assertThat(rows).containsAll(wanted);
  }

  private static List<String> functions(String line) {
    return FUNCTION.matcher(line).results().map(MatchResult::group).toList();
  }
}
