package dev.ioreq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/// The built program as a process of its own: the jar, with the faulty devices beside it.
final class Program implements AutoCloseable {
  private static final long LONGEST_SECONDS = 120;

  /// How a process ended.
  record Ended(int exitCode, String out, String err) {
    JsonObject json() {
      return JsonParser.parseString(out).getAsJsonObject();
    }

    JsonObject destination(int index) {
      return json().getAsJsonArray("destinations").get(index).getAsJsonObject();
    }
  }

  private final Process process;
  private final FutureTask<String> out;
  private final StringBuilder err = new StringBuilder();
  private final BufferedReader errReader;

  private Program(
      Path folder, List<String> before, Redirect out, Redirect err, String... arguments) {
    List<String> command = new ArrayList<>();
    // whoever started the tests may have had interrupts ignored, and children inherit that
    command.addAll(List.of("env", "--default-signal=HUP,INT,TERM"));
    command.addAll(before);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:+UseSerialGC");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-cp");
    command.add(Path.of("target/ioreq.jar").toAbsolutePath() + ":" + testClasses());
    command.add("dev.ioreq.cli.Main");
    command.addAll(List.of(arguments));
    try {
      process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectOutput(out)
              .redirectError(err)
              .start();
      process.getOutputStream().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.out = new FutureTask<>(() -> read(process.getInputStream()));
    Thread.ofPlatform().daemon().start(this.out);
    errReader = process.errorReader(StandardCharsets.UTF_8);
  }

  private static Path testClasses() {
    return Path.of("target/test-classes").toAbsolutePath();
  }

  private static String read(InputStream in) throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.UTF_8);
  }

  static Program start(Path folder, String... arguments) {
    return new Program(folder, List.of(), Redirect.PIPE, Redirect.PIPE, arguments);
  }

  /// Runs it with its standard output or its standard error elsewhere; nothing is read of that.
  static Ended run(Path folder, Redirect out, Redirect err, String... arguments) {
    try (Program program = new Program(folder, List.of(), out, err, arguments)) {
      return program.end();
    }
  }

  static Ended run(Path folder, String... arguments) {
    try (Program program = start(folder, arguments)) {
      return program.end();
    }
  }

  /// Runs a script of the shell in which `"$@"` is the program with its arguments.
  static Ended runByShell(Path folder, String script, String... arguments) {
    List<String> before = List.of("sh", "-c", script, "sh");
    try (Program program = new Program(folder, before, Redirect.PIPE, Redirect.PIPE, arguments)) {
      return program.end();
    }
  }

  /// Waits for a line on standard error.
  void awaitMessage(String beginning) throws IOException {
    for (String line = errReader.readLine(); line != null; line = errReader.readLine()) {
      err.append(line).append('\n');
      if (line.startsWith(beginning)) {
        return;
      }
    }
    throw new AssertionError("no line begins with '" + beginning + "' in: " + err);
  }

  void signal(String name) throws IOException, InterruptedException {
    String pid = String.valueOf(process.pid());
    assertThat(new ProcessBuilder("kill", "-" + name, pid).start().waitFor()).isZero();
  }

  Ended end() {
    try {
      for (String line = errReader.readLine(); line != null; line = errReader.readLine()) {
        err.append(line).append('\n');
      }
      assertThat(process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)).as("ended").isTrue();
      return new Ended(process.exitValue(), out.get(), err.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
