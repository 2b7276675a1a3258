package dev.ioreq.bench.rivals;

import dev.ioreq.bench.measure.Cleanup;
import dev.ioreq.bench.measure.Cleanup.Owned;
import dev.ioreq.bench.measure.Unmeasurable;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// The process of a [Child], seen from outside. It waits without using the processor while others
/// are measured.
public final class RivalProcess implements Racer {
  private static final long PATIENCE_SECONDS = 30;
  private static final int VERIFIED_READS = 4096;

  private final RivalKind kind;
  private final ReadWork work;
  private final List<String> properties;
  private @Nullable Owned<Process> process;
  private @Nullable BufferedReader answers;
  private @Nullable BufferedWriter orders;

  /// A process that is not yet started.
  ///
  /// @param kind who
  /// @param work what to read
  public RivalProcess(RivalKind kind, ReadWork work) {
    this(kind, work, List.of());
  }

  /// A process with settings of its own.
  ///
  /// @param kind who
  /// @param work what to read
  /// @param properties of the virtual machine, as in `-Dioreq.linux.engines=2`
  public RivalProcess(RivalKind kind, ReadWork work, List<String> properties) {
    this.kind = kind;
    this.work = work;
    this.properties = List.copyOf(properties);
  }

  @Override
  public void begin(long warmUpMillis) throws Unmeasurable {
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command()).redirectError(ProcessBuilder.Redirect.DISCARD);
      Owned<Process> owned = Cleanup.ofProcess().make(builder::start, RivalProcess::end);
      process = owned;
      Process started = owned.get();
      answers =
          new BufferedReader(
              new InputStreamReader(started.getInputStream(), StandardCharsets.UTF_8));
      orders =
          new BufferedWriter(
              new OutputStreamWriter(started.getOutputStream(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new Unmeasurable("no process for it: " + e.getMessage(), e);
    }
    answer();
    boolean isCompared = work.blocks() > 0;
    if (isCompared && Long.parseLong(order("verify " + VERIFIED_READS)) < VERIFIED_READS) {
      throw new Unmeasurable("it did not compare all the bytes it read");
    }
    String ignored = order("warm " + warmUpMillis);
    assert ignored.isEmpty();
  }

  private List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx1g");
    command.addAll(properties);
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            Child.class.getName(),
            kind.name(),
            work.file().toString(),
            Integer.toString(work.blockBytes()),
            Long.toString(work.blocks()),
            Integer.toString(work.depth()),
            Boolean.toString(work.isDirect())));
    return command;
  }

  @Override
  public Sample measure(long millis) throws Unmeasurable {
    return Sample.parse(order("measure " + millis));
  }

  /// The number of the process.
  ///
  /// @return its id
  public long pid() {
    Owned<Process> running = process;
    if (running == null) {
      throw new IllegalStateException(kind + " is not started");
    }
    return running.get().pid();
  }

  private String order(String line) throws Unmeasurable {
    BufferedWriter out = orders;
    if (out == null) {
      throw new IllegalStateException(kind + " is not started");
    }
    try {
      out.write(line);
      out.newLine();
      out.flush();
    } catch (IOException e) {
      throw new Unmeasurable("its process has ended", e);
    }
    return answer();
  }

  private String answer() throws Unmeasurable {
    BufferedReader in = answers;
    if (in == null) {
      throw new IllegalStateException(kind + " is not started");
    }
    FutureTask<@Nullable String> reading = new FutureTask<>(in::readLine);
    Thread.ofVirtual().start(reading);
    try {
      String line = reading.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (line == null) {
        throw new Unmeasurable("its process ends without a word");
      }
      if (!line.startsWith("ok")) {
        throw new Unmeasurable(line.replaceFirst("^failed ", ""));
      }
      return line.substring("ok".length()).strip();
    } catch (TimeoutException e) {
      throw new Unmeasurable("stalls", e);
    } catch (ExecutionException e) {
      throw new Unmeasurable("its output cannot be read", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unmeasurable("interrupted", e);
    }
  }

  @Override
  public void close() {
    Owned<Process> running = process;
    if (running != null) {
      try {
        running.close();
      } catch (IOException impossible) {
        throw new UncheckedIOException(impossible);
      }
    }
  }

  /// It has nothing to put in order, and some libraries would keep it from ending.
  private static void end(Process process) {
    process.destroyForcibly().onExit().join();
  }
}
