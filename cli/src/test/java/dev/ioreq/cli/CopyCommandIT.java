package dev.ioreq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.ioreq.Pattern;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.ProcessBuilder.Redirect;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `ioreq copy` as a process: what it writes, what it says, how it exits.
class CopyCommandIT {
  private static final int MEBIBYTE = 1 << 20;

  @TempDir Path folder;

  private Program.Ended copy(String... arguments) {
    String[] all = new String[arguments.length + 1];
    all[0] = "copy";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return Program.run(folder, all);
  }

  private static long agreeing(byte[] bytes) {
    return Pattern.agreeing(0, 0, MemorySegment.ofArray(bytes), 0, bytes.length);
  }

  private byte[] bytes(String name) throws IOException {
    return Files.readAllBytes(folder.resolve(name));
  }

  // ------------------------------------------------------------------ what it writes

  @Test
  void copiesToTwoFilesAndVerifies() throws IOException {
    Program.Ended ended = copy("pattern:32MiB", "left.img", "right.img", "--verify");

    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.out()).contains("left.img: complete, flushed, verified");
    assertThat(ended.out()).contains("right.img: complete, flushed, verified");
    assertThat(agreeing(bytes("left.img"))).isEqualTo(32 * MEBIBYTE);
    assertThat(bytes("right.img")).isEqualTo(bytes("left.img"));
  }

  @Test
  void bothEnginesCopyTheSame() throws IOException {
    for (String engine : new String[] {"ring", "portable"}) {
      Program.Ended ended =
          copy("pattern:5000001", engine + ".img", "--engine", engine, "--block-size", "64KiB");
      assertThat(ended.exitCode()).as(ended.err()).isZero();
      assertThat(agreeing(bytes(engine + ".img"))).isEqualTo(5_000_001);
    }
  }

  @Test
  void copiesAnEmptySource() throws IOException {
    Files.createFile(folder.resolve("empty"));

    assertThat(copy("empty", "copy.img", "--verify", "--hash", "sha256").exitCode()).isZero();

    assertThat(bytes("copy.img")).isEmpty();
  }

  @Test
  void hashIsThatOfTheSource() throws Exception {
    Program.Ended ended =
        copy("pattern:7000001", "copy.img", "--hash", "sha256", "--block-size", "4KiB", "--json");

    byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes("copy.img"));
    assertThat(ended.json().get("sha256").getAsString())
        .isEqualTo(HexFormat.of().formatHex(digest));
  }

  @Test
  void directCopyOfAnUnalignedLengthIsExact() throws IOException {
    Files.write(folder.resolve("source"), pattern(3 * MEBIBYTE + 1001));

    Program.Ended ended = copy("source", "copy.img", "--direct", "--verify");

    assertThat(ended.exitCode()).as(ended.err() + ended.out()).isZero();
    assertThat(bytes("copy.img")).isEqualTo(bytes("source"));
  }

  private static byte[] pattern(int length) {
    byte[] bytes = new byte[length];
    Pattern.fill(0, 0, MemorySegment.ofArray(bytes), 0, length);
    return bytes;
  }

  @Test
  void sparseCopyHasHolesAndTheWholeLength() throws Exception {
    try (RandomAccessFile file = new RandomAccessFile(folder.resolve("source").toFile(), "rw")) {
      file.seek(20 * MEBIBYTE);
      file.write(pattern(MEBIBYTE));
      file.setLength(64 * MEBIBYTE);
    }

    Program.Ended ended = copy("source", "copy.img", "--sparse", "--verify");

    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(bytes("copy.img")).isEqualTo(bytes("source"));
    Process stat =
        new ProcessBuilder("stat", "-c", "%b", "copy.img").directory(folder.toFile()).start();
    String blocks = new String(stat.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(Long.parseLong(blocks.strip()) * 512).isLessThan(4 * MEBIBYTE);
  }

  @Test
  void sourceWithoutSizeNeedsOne() throws IOException {
    Program.Ended refused = copy("/dev/zero", "copy.img");
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains("--size");
    assertThat(folder.resolve("copy.img")).doesNotExist();

    Program.Ended done = copy("/dev/zero", "copy.img", "--size", "1000001", "--verify");
    assertThat(done.exitCode()).as(done.err()).isZero();
    assertThat(bytes("copy.img")).isEqualTo(new byte[1_000_001]);
  }

  @Test
  void fileThatSaysItIsEmptyAndIsNotNeedsASize() throws IOException {
    byte[] expected = Files.readAllBytes(Path.of("/proc/version"));
    for (String engine : new String[] {"ring", "portable"}) {
      Program.Ended refused = copy("/proc/version", "copy.img", "--engine", engine);
      assertThat(refused.exitCode()).as(refused.out()).isEqualTo(2);
      assertThat(refused.err()).contains("/proc/version says that it is empty").contains("--size");
      assertThat(folder.resolve("copy.img")).doesNotExist();
    }

    Program.Ended done = copy("/proc/version", "copy.img", "--size", "1MiB", "--verify");
    assertThat(done.exitCode()).as(done.err() + done.out()).isZero();
    assertThat(bytes("copy.img")).isEqualTo(expected);

    Program.Ended part = copy("/proc/version", "part.img", "--size", "10");
    assertThat(part.exitCode()).as(part.err() + part.out()).isZero();
    assertThat(bytes("part.img")).isEqualTo(Arrays.copyOf(expected, 10));
  }

  // ------------------------------------------------------------------ what it refuses

  @Test
  void fileWithContentIsOverwrittenOnlyByForce() throws IOException {
    byte[] old = pattern(2 * MEBIBYTE);
    Files.write(folder.resolve("old.img"), old);

    Program.Ended refused = copy("pattern:1MiB,7", "new.img", "old.img");
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains("old.img").contains("--force").doesNotContain("\tat ");
    assertThat(bytes("old.img")).isEqualTo(old);
    assertThat(folder.resolve("new.img")).doesNotExist();

    Program.Ended done = copy("pattern:1MiB,7", "new.img", "old.img", "--force", "--verify");
    assertThat(done.exitCode()).as(done.err()).isZero();
    assertThat(bytes("old.img")).hasSize(MEBIBYTE).isEqualTo(bytes("new.img"));
  }

  @Test
  void sourceIsNoDestination() throws IOException {
    Files.write(folder.resolve("a"), pattern(4096));
    Files.createSymbolicLink(folder.resolve("b"), Path.of("a"));

    assertThat(copy("a", "./a", "--force").exitCode()).isEqualTo(2);
    assertThat(copy("a", "b", "--force").exitCode()).isEqualTo(2);
    assertThat(copy("a", "c", "./c").exitCode()).isEqualTo(2);

    assertThat(bytes("a")).isEqualTo(pattern(4096));
    assertThat(folder.resolve("c")).doesNotExist();
  }

  @Test
  void reportDoesNotGoWhereTheCopyGoes() throws IOException {
    Redirect toFile = Redirect.to(folder.resolve("out").toFile());
    for (String name : new String[] {"/dev/stdout", "out"}) {
      Program.Ended ended =
          Program.run(folder, toFile, Redirect.PIPE, "copy", "pattern:5000", name);
      assertThat(ended.exitCode()).as(ended.err()).isZero();
      assertThat(bytes("out")).isEqualTo(pattern(5000));
      assertThat(ended.err()).contains(name + ": complete");
    }

    Program.Ended piped = copy("pattern:5000", "/dev/stdout");
    assertThat(piped.exitCode()).as(piped.err()).isZero();
    assertThat(piped.out().getBytes(StandardCharsets.UTF_8))
        .isEqualTo(
            new String(pattern(5000), StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8));
    assertThat(piped.err()).contains("/dev/stdout: complete");
  }

  @Test
  void messagesAndJsonHaveNoOtherPlaceAndAreNotMixedIntoTheCopy() throws IOException {
    Program.Ended json = copy("pattern:5000", "/dev/stdout", "x.img", "--json");
    assertThat(json.exitCode()).isEqualTo(2);
    assertThat(json.err()).contains("/dev/stdout").contains("--json");
    assertThat(json.out()).isEmpty();

    Path errors = Files.createFile(folder.resolve("errors"));
    Redirect toFile = Redirect.to(errors.toFile());
    Program.Ended refused =
        Program.run(folder, Redirect.PIPE, toFile, "copy", "pattern:5000", "errors", "x.img");
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(errors).content().startsWith("ioreq: errors is where ");
    assertThat(folder.resolve("x.img")).doesNotExist();
  }

  @Test
  void missingFileUnderTwoPathsIsOneDestination() throws IOException {
    Files.createDirectory(folder.resolve("d"));
    Files.createSymbolicLink(folder.resolve("ld"), Path.of("d"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("d/x"));
    Files.writeString(folder.resolve("old"), "content");

    for (String other : new String[] {"ld/x", "link"}) {
      Program.Ended ended = copy("pattern:5000", "d/x", "old", other, "--force");
      assertThat(ended.exitCode()).as(ended.out()).isEqualTo(2);
      assertThat(ended.err()).contains("d/x and " + other + " are the same destination");
      assertThat(folder.resolve("d/x")).doesNotExist();
      assertThat(folder.resolve("old")).hasContent("content");
    }
    assertThat(link).isSymbolicLink();
  }

  @Test
  void wrongCommandLinesTouchNothing() {
    String[][] wrong = {
      {"pattern:1MiB"},
      {"pattern:1MiB", "x.img", "--no-such-option"},
      {"pattern:1MiB", "x.img", "--depth", "0"},
      {"pattern:1MiB", "x.img", "--block-size", "0"},
      {"pattern:1MiB", "x.img", "--block-size", "many"},
      {"pattern:1MiB", "x.img", "--timeout", "5"},
      {"pattern:1MiB", "x.img", "--rate", "-1"},
      {"pattern:1MiB", "x.img", "--on-error", "panic"},
      {"pattern:1MiB", "x.img", "--hash", "rot13"},
      {"pattern:1MiB", "x.img", "--engine", "steam"},
      {"pattern:1MiB", "x.img", "nonsense:1"},
      {"pattern:1MiB", "x.img", "memory:1KiB"},
      {"pattern:nonsense", "x.img"},
      {"pattern:1MiB", "x.img", "/"},
    };
    for (String[] arguments : wrong) {
      Program.Ended ended = copy(arguments);
      assertThat(ended.exitCode()).as(Arrays.toString(arguments) + ended.err()).isEqualTo(2);
      assertThat(ended.err()).startsWith("ioreq: ").doesNotContain("\tat ");
      assertThat(ended.out()).isEmpty();
      assertThat(folder.resolve("x.img")).doesNotExist();
    }
  }

  // ------------------------------------------------------------------ what fails

  @Test
  void missingSourceIsAnIoFailure() {
    Program.Ended ended = copy("missing", "x.img");

    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.err()).contains("missing").contains("ENOENT").doesNotContain("\tat ");
    assertThat(folder.resolve("x.img")).doesNotExist();
  }

  @Test
  void failingDestinationDoesNotStopTheOther() throws IOException {
    Program.Ended ended = copy("pattern:4MiB", "/dev/full", "good.img", "nowhere/x.img", "--json");

    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(agreeing(bytes("good.img"))).isEqualTo(4 * MEBIBYTE);
    JsonObject full = ended.destination(0);
    assertThat(full.get("state").getAsString()).isEqualTo("failed");
    assertThat(full.get("status").getAsString()).isEqualTo("ENOSPC");
    assertThat(full.get("wholeUntil").getAsLong()).isZero();
    assertThat(ended.destination(1).get("state").getAsString()).isEqualTo("complete");
    assertThat(ended.destination(1).get("wholeUntil").getAsLong()).isEqualTo(4 * MEBIBYTE);
    assertThat(ended.destination(2).get("status").getAsString()).isEqualTo("ENOENT");
    assertThat(ended.destination(2).get("message").getAsString())
        .startsWith("open of file:nowhere/x.img for WRITE")
        .containsOnlyOnce("ENOENT");
  }

  @Test
  void withoutADestinationNothingIsRead() {
    Program.Ended ended = copy("pattern:16MiB", "nowhere/x.img", "nowhere/y.img");
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.out()).startsWith("stopped: no destination is left").doesNotContain("read ");

    Program.Ended json = copy("pattern:16MiB", "nowhere/x.img", "--json");
    assertThat(json.json().get("bytesRead").getAsLong()).isZero();
    assertThat(json.json().get("bytesPerSecond").getAsLong()).isZero();
  }

  @Test
  void unreadableSourceStopsTheCopy() throws IOException {
    Program.Ended ended = copy("faulty:4MiB,bad=3MiB", "x.img", "--block-size", "1MiB", "--json");

    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.json().get("sourceFailure").getAsString()).contains("EIO");
    long whole = ended.destination(0).get("wholeUntil").getAsLong();
    assertThat(whole).isEqualTo(3 * MEBIBYTE);
    assertThat(agreeing(bytes("x.img"))).isGreaterThanOrEqualTo(whole);
  }

  @Test
  void unreadableSectorsAreSkippedAndListed() throws IOException {
    Program.Ended ended =
        copy(
            "faulty:4MiB,bad=1MiB,bad=1049088,bad=3000000",
            "x.img",
            "--on-error",
            "skip",
            "--verify",
            "--json");

    assertThat(ended.exitCode()).isEqualTo(1);
    JsonArray skipped = ended.json().getAsJsonArray("skipped");
    assertThat(ended.json().get("bytesRead").getAsLong()).isEqualTo(4 * MEBIBYTE - 1536);
    assertThat(skipped.toString())
        .isEqualTo("[{\"offset\":1048576,\"length\":1024},{\"offset\":2999808,\"length\":512}]");
    assertThat(ended.destination(0).get("verified").getAsBoolean()).isTrue();
    byte[] expected = pattern(4 * MEBIBYTE);
    Arrays.fill(expected, 1_048_576, 1_049_600, (byte) 0);
    Arrays.fill(expected, 2_999_808, 3_000_320, (byte) 0);
    assertThat(bytes("x.img")).isEqualTo(expected);
  }

  @Test
  void failedRequestsAreSentAgainIfAsked() throws IOException {
    assertThat(copy("faulty:2MiB,once=1MiB", "x.img").exitCode()).isEqualTo(1);

    Program.Ended ended = copy("faulty:2MiB,once=1MiB", "y.img", "--retries", "1");

    assertThat(ended.exitCode()).isZero();
    assertThat(ended.err()).contains("EIO").contains("sent again");
    assertThat(agreeing(bytes("y.img"))).isEqualTo(2 * MEBIBYTE);
  }

  @Test
  void requestThatTakesTooLongFails() {
    Program.Ended ended = copy("faulty:2MiB,hang=1MiB", "x.img", "--timeout", "200ms");

    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.out()).contains("IO_TIMEOUT");
  }

  @Test
  void shorterSourceIsReported() throws IOException {
    Program.Ended ended = copy("faulty:2MiB,end=1000001", "x.img");

    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.out()).contains("the source ended at 1000001");
    assertThat(agreeing(bytes("x.img"))).isEqualTo(1_000_001);
  }

  @Test
  void differenceIsFound() {
    Program.Ended ended = copy("pattern:2MiB", "null:2MiB", "--verify", "--json");

    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.destination(0).get("verified").getAsBoolean()).isFalse();
  }

  // ------------------------------------------------------------------ interrupts

  @Test
  void interruptEndsAWriteThatNobodyTakes() throws Exception {
    Process made = new ProcessBuilder("mkfifo", "in", "out").directory(folder.toFile()).start();
    assertThat(made.waitFor()).isZero();
    try (RandomAccessFile in = new RandomAccessFile(folder.resolve("in").toFile(), "rw");
        RandomAccessFile out = new RandomAccessFile(folder.resolve("out").toFile(), "rw");
        Program program =
            Program.start(
                folder, "copy", "--size", "1MiB", "--block-size", "256KiB", "in", "out")) {
      in.write(new byte[200 << 10]); // returns when more is taken than a pipe has room for
      program.signal("INT");
      Program.Ended ended = program.end();

      assertThat(ended.exitCode()).as("%s %s", ended.err(), out).isEqualTo(130);
      assertThat(ended.err()).contains("still ending");
      assertThat(ended.out()).contains("out: interrupted, whole until byte 0");
    }
  }

  @Test
  void interruptSaysHowFarItCame() throws Exception {
    try (Program program =
        Program.start(
            folder, "copy", "pattern:256MiB", "a.img", "b.img", "--rate", "4MiB", "--json")) {
      program.awaitMessage("copy: ");
      program.signal("INT");
      Program.Ended ended = program.end();

      assertThat(ended.exitCode()).isEqualTo(130);
      for (int i = 0; i < 2; i++) {
        JsonObject destination = ended.destination(i);
        assertThat(destination.get("state").getAsString()).isEqualTo("interrupted");
        assertThat(destination.get("flushed").getAsBoolean()).isTrue();
        long whole = destination.get("wholeUntil").getAsLong();
        byte[] bytes = bytes(destination.get("name").getAsString());
        assertThat(whole).isGreaterThan(0).isLessThan(256L * MEBIBYTE);
        assertThat(agreeing(bytes)).isGreaterThanOrEqualTo(whole);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"HUP, 129", "INT, 130", "TERM, 143"})
  void jsonTellsTheExitCodeOfTheSignal(String signal, int exitCode) throws Exception {
    try (Program program =
        Program.start(folder, "copy", "faulty:64MiB,hang=1MiB", "a.img", "--json", "--rate=8MiB")) {
      program.awaitMessage("copy: ");
      program.signal(signal);
      Program.Ended ended = program.end();

      assertThat(ended.exitCode()).isEqualTo(exitCode);
      assertThat(ended.json().get("exitCode").getAsInt()).isEqualTo(exitCode);
    }
  }

  @Test
  void interruptCancelsWhatHangs() throws Exception {
    try (Program program =
        Program.start(folder, "copy", "faulty:64MiB,hang=1MiB", "a.img", "--rate", "8MiB")) {
      program.awaitMessage("copy: ");
      program.signal("TERM");
      Program.Ended ended = program.end();

      assertThat(ended.exitCode()).isEqualTo(143);
      assertThat(ended.out()).contains("interrupted, whole until byte 1048576");
    }
  }

  // ------------------------------------------------------------------ what it says

  @Test
  void quietSaysNothingWhenAllIsWell() {
    Program.Ended ended = copy("pattern:1MiB", "x.img", "--quiet");

    assertThat(ended).isEqualTo(new Program.Ended(0, "", ""));
  }

  @Test
  void jsonStandsAloneOnStandardOutput() {
    Program.Ended ended = copy("pattern:1MiB", "x.img", "--json", "--hash", "sha256");

    assertThat(ended.json().get("exitCode").getAsInt()).isZero();
    assertThat(ended.json().get("bytesPerSecond").getAsLong()).isPositive();
    assertThat(ended.err()).contains("x.img: complete");
  }

  @Test
  void jsonTellsWhatWasRefusedOrCannotBeOpened() throws IOException {
    Files.write(folder.resolve("old.img"), pattern(4096));
    String[][] refused = {
      {"pattern:1MiB", "old.img", "--json"},
      {"pattern:1MiB", "x.img", "--json", "--depth", "0"},
      {"pattern:1MiB", "x.img", "--json", "--no-such-option"},
      {"missing", "x.img", "--json"},
    };
    String[] errors = {"old.img", "depth 0", "--no-such-option", "ENOENT"};
    for (int i = 0; i < refused.length; i++) {
      Program.Ended ended = copy(refused[i]);

      assertThat(ended.exitCode()).isEqualTo(i < 3 ? 2 : 1);
      assertThat(ended.json().get("exitCode").getAsInt()).isEqualTo(ended.exitCode());
      assertThat(ended.json().get("error").getAsString()).contains(errors[i]);
      assertThat(ended.err()).startsWith("ioreq: ").contains(errors[i]);
    }
  }

  @Test
  void aFileNamedAsTheOptionJsonAsksForNone() {
    assertThat(copy("missing", "--", "--json").out()).isEmpty();
  }

  // ------------------------------------------------------------------ faults of its own

  @Test
  void faultOfTheProgramEndsTheCopyWithItsReport() {
    // what to go on with after a write of more than there was, no request can be formatted for
    String[] arguments = {
      "pattern:8MiB", "copy.img", "faulty:8MiB,lie=4MiB", "--depth", "1", "--retries", "1"
    };
    Program.Ended ended = copy(arguments);

    assertThat(ended.exitCode()).as(ended.err() + ended.out()).isEqualTo(1);
    assertThat(ended.out())
        .contains("ended by a fault of this program while copying pattern:8MiB: dev.ioreq.Io")
        .contains("copy.img: interrupted, whole until byte ")
        .contains("lie=4MiB: interrupted, whole until byte 4194304 of 8388608");
    assertThat(ended.err())
        .contains("ioreq: a fault of this program")
        .contains("\tat dev.ioreq.cli.copy.SlotWrite.");
  }
}
