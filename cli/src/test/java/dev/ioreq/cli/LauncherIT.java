package dev.ioreq.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `./ioreq`, as a user starts it: from the checkout, which has been built, and from one that has
/// not.
class LauncherIT {
  private static final Path LAUNCHER = Path.of("../ioreq").toAbsolutePath().normalize();

  @TempDir Path folder;

  private record Ended(int exitCode, String out) {}

  private Ended run(Map<String, String> environment, Path program, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().putAll(environment);
    Path out = Files.createTempFile(folder, "out", "");
    Process process =
        builder.redirectErrorStream(true).redirectOutput(out.toFile()).start(); // no pipe to fill
    process.getOutputStream().close();
    int exitCode = process.waitFor();
    return new Ended(exitCode, Files.readString(out, StandardCharsets.UTF_8));
  }

  @Test
  void startsFromAnyFolderAndThroughALink() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("io"), LAUNCHER);

    Ended ended = run(Map.of(), link, "--version");

    assertThat(ended.exitCode()).isZero();
    assertThat(ended.out()).contains("ioreq 0.");
  }

  @Test
  void aFolderOfCdpathIsNotTakenForItsOwn() throws Exception {
    Files.createSymbolicLink(folder.resolve("checkout"), LAUNCHER.getParent());

    Ended ended =
        run(Map.of("CDPATH", folder.toString()), Path.of("checkout", "ioreq"), "--version");

    assertThat(ended.exitCode()).as(ended.out()).isZero();
    assertThat(ended.out()).contains("ioreq 0.");
  }

  @Test
  void aJdkThatIsTooOldOrMissingIsPassedOver() throws Exception {
    Ended ended = run(Map.of("JAVA_HOME", folder.toString()), LAUNCHER, "--version");

    assertThat(ended.exitCode()).isZero();
    assertThat(ended.out()).contains("ioreq 0.");
  }

  private String copy(String javaOption, String arguments)
      throws IOException, InterruptedException {
    Ended ended =
        run(
            Map.of("IOREQ_JAVA_OPTS", javaOption),
            LAUNCHER,
            ("copy --quiet " + arguments).split(" "));
    assertThat(ended.exitCode()).as(ended.out()).isZero();
    return ended.out();
  }

  @Test
  void hashesReachTheSecondCompiler() throws Exception {
    // time, number, marks, level 4, method
    assertThat(copy("-XX:+PrintCompilation", "--hash sha256 pattern:256MiB null:"))
        .containsPattern(
            "\\s4\\s+sun\\.security\\.provider\\.DigestBase::implCompressMultiBlock0 ");
  }

  @ParameterizedTest
  @CsvSource({
    "memory:4KiB null:, false",
    "--direct memory:4KiB null:, false",
    "--hash sha256 memory:4KiB null:, true",
    "--hash=sha256 memory:4KiB null:, true",
    "memory:4KiB memory:4KiB --verify, true",
    "--sparse memory:4KiB null:, true",
    "pattern:4KiB null:, true"
  })
  void whatComputesNothingStartsWithoutTheSecondCompiler(String arguments, boolean computes)
      throws Exception {
    assertThat(copy("-XX:+PrintFlagsFinal", arguments))
        .containsPattern("TieredStopAtLevel\\s+= " + (computes ? 4 : 1) + "\\s");
  }

  @Test
  void theExitCodeIsTheCommands() throws Exception {
    assertThat(run(Map.of(), LAUNCHER, "info", "memory:4KiB").exitCode()).isZero();
    assertThat(run(Map.of(), LAUNCHER, "info", "missing").exitCode()).isEqualTo(1);
    assertThat(run(Map.of(), LAUNCHER, "info", "nonsense:1").exitCode()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({"BUILD, HUP, 129", "BUILD, INT, 130", "BUILD, TERM, 143", "TRAINING, TERM, 143"})
  void aSignalEndsWhatIsBuilt(Checkout.Step step, String signal, int exitCode) throws Exception {
    try (Checkout checkout = new Checkout(folder.resolve("checkout"))) {
      Process launcher = checkout.start(Map.of());
      if (step == Checkout.Step.TRAINING) {
        checkout.go(Checkout.Step.BUILD);
      }
      ProcessHandle attended = checkout.awaitStart(step, 1);

      Checkout.signal(signal, launcher.toHandle());

      assertThat(Checkout.exitCode(launcher)).isEqualTo(exitCode);
      assertThat(attended.isAlive()).isFalse();
      assertThat(checkout.locks()).isEmpty();
    }
  }

  @Test
  void anInterruptFromTheTerminalEndsTheBuild() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "requires script, of util-linux");
    try (Checkout checkout = new Checkout(folder.resolve("checkout"))) {
      Process terminal = checkout.startInTerminal();
      ProcessHandle maven = checkout.awaitStart(Checkout.Step.BUILD, 1);

      terminal.getOutputStream().write(3); // Ctrl-C
      terminal.getOutputStream().flush();

      assertThat(Checkout.exitCode(terminal)).isEqualTo(130);
      assertThat(maven.isAlive()).isFalse();
      assertThat(checkout.locks()).isEmpty();
    }
  }

  /// Starts a launcher and kills it while it waits for its build, which goes on.
  private static ProcessHandle buildOfKilledLauncher(Checkout checkout) throws Exception {
    Process killed = checkout.start(Map.of());
    ProcessHandle maven = checkout.awaitStart(Checkout.Step.BUILD, 1);
    Checkout.signal("KILL", killed.toHandle());
    assertThat(Checkout.exitCode(killed)).isEqualTo(137);
    return maven;
  }

  @Test
  void aBuildWhoseLauncherWasKilledIsWaitedForAndServes() throws Exception {
    try (Checkout checkout = new Checkout(folder.resolve("checkout"))) {
      ProcessHandle maven = buildOfKilledLauncher(checkout);

      Process next = checkout.start(Map.of());
      checkout.awaitMessage("waiting for process " + maven.pid());
      checkout.go(Checkout.Step.BUILD);
      checkout.go(Checkout.Step.TRAINING);

      assertThat(Checkout.exitCode(next)).as(checkout.out()).isZero();
      assertThat(checkout.starts(Checkout.Step.BUILD)).isEqualTo(1);
      assertThat(checkout.locks()).isEmpty();
    }
  }

  @Test
  void aBuildThatWasKilledWithItsLauncherIsNotWaitedFor() throws Exception {
    try (Checkout checkout = new Checkout(folder.resolve("checkout"))) {
      ProcessHandle maven = buildOfKilledLauncher(checkout);
      Checkout.signal("KILL", maven);

      Process next = checkout.start(Map.of());
      checkout.awaitStart(Checkout.Step.BUILD, 2);
      checkout.go(Checkout.Step.BUILD);
      checkout.go(Checkout.Step.TRAINING);

      assertThat(Checkout.exitCode(next)).as(checkout.out()).isZero();
      assertThat(checkout.locks()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"LC_ALL=C", "LC_ALL=POSIX", "LANG=C", "LC_CTYPE=UTF-8", "A=B"})
  void aNameThatIsNotAsciiIsReadInEveryLocale(String locale) throws Exception {
    // the bytes are the shell's: what Java makes of a name depends on the locale that the tests run
    // in
    Path script = folder.resolve("script");
    Files.writeString(
        script,
        """
        unset LC_ALL LC_CTYPE LANG
        name=$(printf 'gr\\303\\274n')
        echo green >"$name"
        exec env "$1" "$2" info "$name"
        """);

    Ended ended = run(Map.of(), Path.of("/bin/sh"), script.toString(), locale, LAUNCHER.toString());

    assertThat(ended.exitCode()).as(ended.out()).isZero();
    assertThat(ended.out()).contains("gr\u00fcn");
  }

  @ParameterizedTest
  @CsvSource({
    "LANG=C, LC_ALL= LC_CTYPE=C.UTF-8 LANG=C",
    "LC_ALL=C LANG=de_DE.UTF-8, LC_ALL=C.UTF-8 LC_CTYPE=C.UTF-8 LANG=de_DE.UTF-8",
    "LC_CTYPE=C LANG=de_DE.UTF-8, LC_ALL= LC_CTYPE=C.UTF-8 LANG=de_DE.UTF-8",
    "LANG=de_DE.UTF-8, LC_ALL= LC_CTYPE= LANG=de_DE.UTF-8",
    "LC_CTYPE=en_US.utf8 LANG=C, LC_ALL= LC_CTYPE=en_US.utf8 LANG=C",
    "LC_ALL=de_DE.ISO-8859-1 LANG=C, LC_ALL=de_DE.ISO-8859-1 LC_CTYPE= LANG=C"
  })
  void onlyTheCharsetAsciiIsReplaced(String given, String handedOn) throws Exception {
    try (Checkout checkout = new Checkout(folder.resolve("checkout"))) {
      Map<String, String> environment =
          Stream.of(given.split(" "))
              .map(setting -> setting.split("="))
              .collect(Collectors.toMap(setting -> setting[0], setting -> setting[1]));

      Process launcher = checkout.start(environment);
      checkout.go(Checkout.Step.BUILD);
      checkout.go(Checkout.Step.TRAINING);

      assertThat(Checkout.exitCode(launcher)).as(checkout.out()).isZero();
      assertThat(checkout.out()).endsWith(handedOn);
    }
  }

  @Test
  void theLinksOfJavaAreReadInTrainingAndWhenTheyLeadElsewhere() throws Exception {
    try (Checkout checkout = new Checkout(folder.resolve("checkout"))) {
      Map<String, String> withoutHome = Map.of("JAVA_HOME", "");
      checkout.putOnPath("jdk");
      Process first = checkout.start(withoutHome);
      checkout.go(Checkout.Step.BUILD);
      checkout.go(Checkout.Step.TRAINING);
      assertThat(Checkout.exitCode(first)).as(checkout.out()).isZero();
      List<String> read = checkout.linksRead();
      assertThat(read).anyMatch(link -> link.endsWith("bin/java"));

      assertThat(Checkout.exitCode(checkout.start(withoutHome))).as(checkout.out()).isZero();
      assertThat(checkout.linksRead()).isEqualTo(read);
      assertThat(checkout.starts(Checkout.Step.TRAINING)).isEqualTo(1);

      checkout.jdk("other");
      checkout.putOnPath("other");
      Process led = checkout.start(withoutHome);
      checkout.awaitStart(Checkout.Step.TRAINING, 2);
      checkout.go(Checkout.Step.TRAINING);
      assertThat(Checkout.exitCode(led)).as(checkout.out()).isZero();
      assertThat(checkout.linksRead()).hasSizeGreaterThan(read.size());
    }
  }

  @Test
  void anotherJdkIsNotGivenTheOptionsOfTheOneThatWasTrained() throws Exception {
    try (Checkout checkout = new Checkout(folder.resolve("checkout"))) {
      checkout.jdk("other"); // not newer than the training
      Process trained = checkout.start(Map.of());
      checkout.go(Checkout.Step.BUILD);
      checkout.go(Checkout.Step.TRAINING);
      assertThat(Checkout.exitCode(trained)).as(checkout.out()).isZero();
      assertThat(checkout.out()).contains("AOTReplayTraining");

      String other = folder.resolve("checkout/other").toString();
      Process untrained = checkout.startReadOnly(Map.of("JAVA_HOME", other));

      assertThat(Checkout.exitCode(untrained)).as(checkout.out()).isZero();
      String last = checkout.out().lines().reduce((before, line) -> line).orElse("");
      assertThat(last).contains("-jar").doesNotContain("AOTReplayTraining");
    }
  }
}
