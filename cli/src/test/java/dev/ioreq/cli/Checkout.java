package dev.ioreq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.testkit.Waiting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;

/// A folder with the launcher and nothing that is built. Its Maven and its JDK are scripts: each
/// notes that it was started, and waits until the test lets it go on.
final class Checkout implements AutoCloseable {
  /// What the launcher waits for.
  enum Step {
    /// makes the jar
    BUILD,
    /// makes the ahead-of-time cache
    TRAINING
  }

  private final Path root;
  private final List<Process> processes = new ArrayList<>();

  Checkout(Path root) throws IOException, InterruptedException {
    this.root = root;
    Files.createDirectories(root);
    Files.copy(Path.of("../ioreq"), root.resolve("ioreq"));
    Files.createFile(root.resolve("build.started"));
    Files.createFile(root.resolve("training.started"));
    assertThat(
            new ProcessBuilder("mkfifo", "build.go", "training.go")
                .directory(root.toFile())
                .start()
                .waitFor())
        .isZero();
    program("bin/mvn", waitsFor(Step.BUILD) + "touch cli/target/ioreq.jar\n");
    jdk("jdk");
  }

  /// Makes one more JDK.
  void jdk(String name) throws IOException {
    program(name + "/bin/javac", "");
    program(
        name + "/bin/java",
        """
        case $* in *.Training*) ;; *) echo "$* LC_ALL=${LC_ALL-} LC_CTYPE=${LC_CTYPE-} LANG=${LANG-}"; exit ;; esac
        """
            + waitsFor(Step.TRAINING)
            + "touch cli/target/ioreq.aot.new\n");
    Files.writeString(root.resolve(name + "/release"), "JAVA_VERSION=\"25.0.1\"\n");
  }

  /// Lets `java` of the PATH be a link to that of a JDK, and notes each link that is read.
  void putOnPath(String jdk) throws IOException {
    program(
        "bin/readlink",
        "echo \"$@\" >>'%s'\nPATH=${PATH#*:}\nexec readlink \"$@\"\n"
            .formatted(root.resolve("links")));
    Path java = root.resolve("bin/java");
    Files.deleteIfExists(java);
    Files.createSymbolicLink(java, Path.of("..", jdk, "bin", "java"));
  }

  /// Which links were read, in order; after [#putOnPath(String)] and a start that read one.
  List<String> linksRead() {
    return lines(root.resolve("links"));
  }

  /// Its process stays the same, as Maven's does: the wait is a shell's own.
  private String waitsFor(Step step) {
    return "cd '%s'\necho $$ >>%s.started\nread -r go <%s.go\n"
        .formatted(root, name(step), name(step));
  }

  private static String name(Step step) {
    return switch (step) {
      case BUILD -> "build";
      case TRAINING -> "training";
    };
  }

  private void program(String name, String script) throws IOException {
    Path program = root.resolve(name);
    Files.createDirectories(program.getParent());
    Files.writeString(program, "#!/bin/sh\n" + script);
    assertThat(program.toFile().setExecutable(true, false)).isTrue();
  }

  /// Starts the launcher; what it says is in [#out]. Whoever started the tests may have had signals
  /// ignored.
  Process start(Map<String, String> environment) throws IOException {
    return start(environment, root.resolve("ioreq").toString());
  }

  /// Starts the launcher in a terminal of its own, whose keyboard is the input of the process.
  Process startInTerminal() throws IOException {
    return start(Map.of(), "script", "-qec", root.resolve("ioreq").toString(), "/dev/null");
  }

  /// Starts the launcher as a user who may write nothing here.
  Process startReadOnly(Map<String, String> environment) throws IOException {
    Path built = root.resolve("cli/target");
    assertThat(built.toFile().setWritable(false)).isTrue();
    if (!Files.isWritable(built)) {
      return start(environment);
    }
    // root may write anywhere
    assertThat(Objects.requireNonNull(root.getParent()).toFile().setExecutable(true, false))
        .isTrue();
    return start(
        environment,
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        root.resolve("ioreq").toString());
  }

  private Process start(Map<String, String> environment, String... program) throws IOException {
    List<String> command = new ArrayList<>(List.of("env", "--default-signal=HUP,INT,TERM"));
    command.addAll(List.of(program));
    ProcessBuilder builder = new ProcessBuilder(command).directory(root.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("LC_") || name.equals("LANG"));
    builder.environment().put("JAVA_HOME", root.resolve("jdk").toString());
    builder
        .environment()
        .merge("PATH", root.resolve("bin").toString(), (old, bin) -> bin + ":" + old);
    builder.environment().putAll(environment);
    Process launcher =
        builder
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(root.resolve("out").toFile()))
            .start();
    processes.add(launcher);
    return launcher;
  }

  /// Waits until a step has been started that often, and gives the last one's process.
  ProcessHandle awaitStart(Step step, int times) {
    Path started = root.resolve(name(step) + ".started");
    Waiting.until("start %d of %s".formatted(times, step), () -> lines(started).size() >= times);
    return ProcessHandle.of(Long.parseLong(lines(started).getLast())).orElseThrow();
  }

  int starts(Step step) {
    return lines(root.resolve(name(step) + ".started")).size();
  }

  /// Lets the step that waits go on, once there is one.
  void go(Step step) throws ExecutionException {
    try {
      Process opener =
          new ProcessBuilder("sh", "-c", "echo >" + name(step) + ".go")
              .directory(root.toFile())
              .start();
      processes.add(opener);
      Waiting.forResult(step + " reads that it may go on", opener.onExit());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Waits for a text in what all processes said.
  void awaitMessage(String part) {
    Waiting.until("'" + part + "' in: " + root.resolve("out"), () -> out().contains(part));
  }

  String out() {
    return String.join("\n", lines(root.resolve("out")));
  }

  /// The lock, and what lies beside it.
  List<String> locks() throws IOException {
    try (var files = Files.list(root.resolve("cli/target"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.contains("lock"))
          .toList();
    }
  }

  static int exitCode(Process process) throws ExecutionException {
    return Waiting.forResult("end of the launcher", process.onExit()).exitValue();
  }

  static void signal(String name, ProcessHandle process) throws IOException, InterruptedException {
    String pid = String.valueOf(process.pid());
    assertThat(new ProcessBuilder("kill", "-" + name, pid).start().waitFor()).isZero();
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    processes.forEach(Process::destroyForcibly);
    root.resolve("cli/target").toFile().setWritable(true); // for who removes the folder
    for (Step step : Step.values()) {
      lines(root.resolve(name(step) + ".started"))
          .forEach(pid ->
              ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly));
    }
  }
}
