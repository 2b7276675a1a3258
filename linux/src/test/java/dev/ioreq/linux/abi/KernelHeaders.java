package dev.ioreq.linux.abi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Compares numbers with what the C compiler makes of the headers on this machine.
///
/// Headers may be older than these tests: what they do not define is left out. Where there is no
/// `gcc`, the test is skipped.
public final class KernelHeaders {
  private final List<String> lines = new ArrayList<>();
  private final Map<String, Long> expected = new LinkedHashMap<>();

  /// Starts a comparison with some headers, named as between angle brackets.
  public KernelHeaders(String... includes) {
    lines.addAll(List.of("#define _GNU_SOURCE", "#include <stdio.h>", "#include <stddef.h>"));
    for (String header : includes) {
      lines.add("#include <" + header + ">");
    }
    lines.add("int main(void) {");
  }

  /// The public static final numbers of a class whose names are written in capitals.
  public static Map<String, Long> constantsOf(Class<?> type) {
    return Arrays.stream(type.getDeclaredFields())
        .filter(field -> Modifier.isPublic(field.getModifiers()))
        .filter(field -> field.getName().matches("[A-Z][A-Z0-9_]*"))
        .collect(Collectors.toMap(Field::getName, KernelHeaders::numberIn));
  }

  /// Expects an expression of C to have a value.
  public KernelHeaders expect(String expression, long value) {
    lines.add("  printf(\"" + expression + "=%lld\\n\", (long long) (" + expression + "));");
    expected.put(expression, value);
    return this;
  }

  /// Expects it where a macro is defined.
  public KernelHeaders expectIfDefined(String macro, String expression, long value) {
    lines.add("#ifdef " + macro);
    expect(expression, value);
    lines.add("#endif");
    return this;
  }

  /// Expects macros to have values, those that are defined.
  public KernelHeaders expectMacros(Map<String, Long> values) {
    values.forEach((name, value) -> expectIfDefined(name, name, value));
    return this;
  }

  /// Expects a field of a structure at an offset.
  public KernelHeaders expectOffset(String structure, String field, long offset) {
    return expect("offsetof(struct " + structure + ", " + field + ")", offset);
  }

  /// Compiles, runs, compares.
  ///
  /// @param atLeast how many of the numbers even old headers know
  public void compare(int atLeast) {
    assumeTrue(hasCompiler(), "requires gcc: it is not on the PATH");
    Map<String, Long> values = evaluate();
    assertThat(expected).containsAllEntriesOf(values);
    assertThat(values).hasSizeGreaterThanOrEqualTo(atLeast);
  }

  private Map<String, Long> evaluate() {
    try {
      Path folder = Files.createTempDirectory("headers");
      Path source = folder.resolve("values.c");
      Path program = folder.resolve("values");
      try {
        Files.write(source, lines);
        Files.writeString(source, "}\n", StandardOpenOption.APPEND);
        run("gcc", "-w", "-o", program.toString(), source.toString());
        return run(program.toString())
            .lines()
            .map(line -> line.split("=", 2))
            .collect(Collectors.toMap(pair -> pair[0], pair -> Long.parseLong(pair[1])));
      } finally {
        Files.deleteIfExists(program);
        Files.deleteIfExists(source);
        Files.delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long numberIn(Field field) {
    try {
      return ((Number) field.get(null)).longValue();
    } catch (IllegalAccessException e) {
      throw new LinkageError("a public field of a class of this module can be read", e);
    }
  }

  private static boolean hasCompiler() {
    return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "gcc")));
  }

  private static String run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as("%s printed: %s", command[0], output).isZero();
      return output;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for " + command[0], e);
    }
  }
}
