package dev.ioreq.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class CleanupTest {
  private final Cleanup cleanup = new Cleanup();
  private final List<String> undone = new ArrayList<>();

  /// A process that waits for a signal with a file that has to go. Not for the end of its input:
  /// whoever destroys a process closes that first.
  static final class Waiting {
    private Waiting() {}

    public static void main(String[] arguments) throws Exception {
      Path file = Path.of(arguments[0]);
      Cleanup.ofProcess().make(() -> Files.createFile(file), Files::delete);
      System.out.println("made");
      new CountDownLatch(1).await();
    }
  }

  @Test
  void whatIsClosedIsUndoneOnce() throws IOException {
    Cleanup.Owned<String> owned = cleanup.make(() -> "it", undone::add);
    owned.close();
    owned.close();
    cleanup.end();
    assertThat(owned.get()).isEqualTo("it");
    assertThat(undone).containsExactly("it");
  }

  @Test
  void theEndUndoesWhatIsLeftTheLastFirst() throws IOException {
    cleanup.make(() -> "first", undone::add);
    Cleanup.Owned<String> closed = cleanup.make(() -> "second", undone::add);
    cleanup.make(() -> "third", undone::add);
    closed.close();
    cleanup.end();
    assertThat(undone).containsExactly("second", "third", "first");
  }

  @Test
  void whatCannotBeUndoneDoesNotKeepTheOthers() throws IOException {
    cleanup.make(() -> "first", undone::add);
    cleanup.make(
        () -> "second",
        made -> {
          throw new IOException(made + " stays, as the test wants");
        });
    cleanup.end();
    assertThat(undone).containsExactly("first");
  }

  @Test
  void whatCannotBeMadeIsNotUndone() {
    assertThatThrownBy(() ->
            cleanup.make(
                () -> {
                  throw new IOException("no");
                },
                made -> undone.add("it")))
        .isInstanceOf(IOException.class);
    cleanup.end();
    assertThat(undone).isEmpty();
  }

  @Test
  void nothingIsMadeAfterTheEnd() {
    cleanup.end();
    AtomicBoolean isMade = new AtomicBoolean();
    Thread late =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try {
                cleanup.make(() -> isMade.getAndSet(true), made -> {});
              } catch (IOException e) {
                throw new AssertionError("setting a boolean cannot fail", e);
              }
            });
    while (late.getState() != Thread.State.WAITING) {
      assertThat(late.isAlive()).isTrue();
      Thread.onSpinWait();
    }
    assertThat(isMade).isFalse();
  }

  @Test
  void aProcessEndsWithWhatItStarted() throws Exception {
    Process process =
        new ProcessBuilder(
                "sh", "-c", "trap '' TERM; tail -f /dev/null & echo $!; trap - TERM; wait")
            .start();
    try (BufferedReader output = process.inputReader()) {
      ProcessHandle started = ProcessHandle.of(Long.parseLong(output.readLine())).orElseThrow();
      Cleanup.end(process);
      assertThat(process.isAlive()).isFalse();
      assertThat(started.onExit().get(20, TimeUnit.SECONDS)).isEqualTo(started);
    }
  }

  @Test
  void aSignalUndoesWhatIsLeft(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("made");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Waiting.class.getName(),
                file.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader output = process.inputReader()) {
      assertThat(output.readLine()).isEqualTo("made");
      assertThat(file).exists();
      process.destroy(); // SIGTERM
      assertThat(process.waitFor()).isEqualTo(128 + 15);
      assertThat(file).doesNotExist();
    } finally {
      process.destroyForcibly();
    }
  }
}
