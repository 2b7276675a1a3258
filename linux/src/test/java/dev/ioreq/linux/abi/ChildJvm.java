package dev.ioreq.linux.abi;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Runs a class of the tests in a Java process of its own, for what a process cannot undo or must
/// start with.
///
/// The child has this module and its tests on the class path, assertions on, and native access.
public final class ChildJvm {
  /// How a child ended.
  ///
  /// @param exitCode 0 when its main method returned
  /// @param output everything it printed
  public record Outcome(int exitCode, String output) {}

  private ChildJvm() {}

  /// Runs a main method and waits for the end of the process.
  public static Outcome run(Class<?> main, String... arguments) {
    return run(List.of("--enable-native-access=ALL-UNNAMED"), main, arguments);
  }

  /// As above, with other options of the Java runtime.
  public static Outcome run(List<String> options, Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-ea");
    command.addAll(options);
    command.add("-cp");
    command.add(classPath(main));
    command.add(main.getName());
    command.addAll(List.of(arguments));
    Process child = start(command);
    try {
      child.getOutputStream().close();
      String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Outcome(child.waitFor(), output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for " + main, e);
    } finally {
      child.destroyForcibly();
    }
  }

  private static Process start(List<String> command) {
    try {
      return new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Where classes lie is asked of the classes: in a named module the property `java.class.path`
  /// does not tell.
  private static String classPath(Class<?> main) {
    Set<String> folders = new LinkedHashSet<>();
    folders.add(folderOf(Memory.class));
    folders.add(folderOf(ChildJvm.class));
    folders.add(folderOf(main));
    return String.join(":", folders);
  }

  private static String folderOf(Class<?> type) {
    String name = type.getName().replace('.', '/') + ".class";
    var resource = type.getResource("/" + name);
    if (resource == null) {
      throw new AssertionError(type + " was loaded from somewhere");
    }
    String place = resource.toString();
    String root = place.substring(0, place.length() - name.length());
    return root.startsWith("jar:")
        ? Path.of(URI.create(root.substring("jar:".length(), root.indexOf("!/")))).toString()
        : Path.of(URI.create(root)).toString();
  }
}
