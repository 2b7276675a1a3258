package dev.ioreq.cli;

import dev.ioreq.cli.copy.Progress;
import java.io.PrintStream;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/// Progress for a person at a terminal: a bar with speed and time left, drawn by a thread of its
/// own from a number that is set a few times a second.
final class BarProgress implements Progress {
  private static final int EVERY_MILLIS = 100;
  private static final long MEBIBYTE = 1 << 20;
  private static final String CLEAR_LINE = "\r\u001b[K";

  private final PrintStream out;
  private @Nullable ProgressBar bar;

  BarProgress(PrintStream out) {
    this.out = out;
  }

  @Override
  public void begin(String what, long totalBytes) {
    bar =
        new ProgressBarBuilder()
            .setTaskName(what)
            .setInitialMax(totalBytes)
            .setStyle(style())
            .setUnit(" MiB", MEBIBYTE)
            .setUpdateIntervalMillis(EVERY_MILLIS)
            .showSpeed()
            .clearDisplayOnFinish()
            .setConsumer(new Line(out))
            .build();
  }

  private static ProgressBarStyle style() {
    String charset = System.getProperty("stderr.encoding", "").toUpperCase(Locale.ROOT);
    return charset.equals("UTF-8") ? ProgressBarStyle.UNICODE_BLOCK : ProgressBarStyle.ASCII;
  }

  @Override
  public void update(long bytes) {
    if (bar != null) {
      bar.stepTo(bytes);
    }
  }

  @Override
  public void message(String line) {
    out.print(CLEAR_LINE);
    out.println("ioreq: " + Texts.quoted(line));
  }

  @Override
  public void end() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
    out.print(CLEAR_LINE);
    out.flush();
  }

  /// Where the bar is drawn. The terminal is asked for its width by the thread that draws, so that
  /// the copy does not wait for that.
  private static final class Line extends ConsoleProgressBarConsumer {
    private int mostLength; // 0 before the first drawing

    Line(PrintStream out) {
      super(out);
    }

    @Override
    public int getMaxRenderedLength() {
      if (mostLength == 0) {
        mostLength = Terminal.columns() - 1;
      }
      return mostLength;
    }
  }
}
