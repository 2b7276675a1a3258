package dev.ioreq.cli;

import dev.ioreq.cli.copy.Progress;
import java.io.PrintStream;
import java.util.concurrent.TimeUnit;

/// Progress for a log: a line every two seconds, none for what is over sooner.
final class PlainProgress implements Progress {
  private static final long EVERY_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final double NANOS_PER_SECOND = 1e9;

  private final PrintStream out;
  private final boolean isQuiet;
  private String what = "";
  private long totalBytes;
  private long beginNanos;
  private long lastNanos;

  /// @param isQuiet whether only messages are shown
  PlainProgress(PrintStream out, boolean isQuiet) {
    this.out = out;
    this.isQuiet = isQuiet;
  }

  @Override
  public void begin(String what, long totalBytes) {
    this.what = what;
    this.totalBytes = totalBytes;
    beginNanos = System.nanoTime();
    lastNanos = beginNanos;
  }

  @Override
  public void update(long bytes) {
    long now = System.nanoTime();
    if (!isQuiet && now - lastNanos >= EVERY_NANOS) {
      lastNanos = now;
      out.println(line(bytes, (now - beginNanos) / NANOS_PER_SECOND));
    }
  }

  private String line(long bytes, double seconds) {
    String left =
        bytes == 0 ? "?" : Texts.clock(Math.round((totalBytes - bytes) * (seconds / bytes)));
    return "%s: %s of %s (%d %%), %s, %s left"
        .formatted(
            what,
            Texts.size(bytes),
            Texts.size(totalBytes),
            totalBytes == 0 ? 100 : (long) (100.0 * bytes / totalBytes),
            Texts.rate(bytes, seconds),
            left);
  }

  @Override
  public void message(String line) {
    out.println("ioreq: " + Texts.quoted(line));
  }

  @Override
  public void end() {
    out.flush();
  }
}
