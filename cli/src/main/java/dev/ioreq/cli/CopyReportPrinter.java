package dev.ioreq.cli;

import dev.ioreq.cli.copy.CopyOptions;
import dev.ioreq.cli.copy.CopyReport;
import dev.ioreq.cli.copy.CopyReport.DestinationReport;
import dev.ioreq.cli.copy.Range;
import dev.ioreq.cli.copy.Verification;
import java.io.PrintStream;

/// Prints how a copy ended, for a person.
final class CopyReportPrinter {
  private final CopyReport report;
  private final CopyOptions options;
  private final boolean isQuiet;
  private final PrintStream out;

  CopyReportPrinter(CopyReport report, CopyOptions options, boolean isQuiet, PrintStream out) {
    this.report = report;
    this.options = options;
    this.isQuiet = isQuiet;
    this.out = out;
  }

  void print() {
    if (!isQuiet || report.exitCode() != CopyReport.DONE) {
      printSource();
      report.destinations().forEach(this::print);
      for (Range range : report.skipped()) {
        say(
            "skipped: %d bytes from offset %d on, zeroes in their place"
                .formatted(range.lengthBytes(), range.offsetBytes()));
      }
    }
    report.hash().ifPresent(hash -> say("sha256: " + Texts.hashed(hash, report.source())));
    if (options.hash() && report.hash().isEmpty()) {
      out.println("sha256: none, because not all of the source was read");
    }
    out.flush();
  }

  private void say(String line) {
    out.println(Texts.quoted(line));
  }

  private void printSource() {
    if (report.fault().isPresent()) {
      say(
          "ended by a fault of this program while copying %s: %s"
              .formatted(report.source(), report.faultText().orElse("")));
    } else if (report.isInterrupted()) {
      say("interrupted while copying %s".formatted(report.source()));
    } else if (report.sourceFailure().isPresent()) {
      say("stopped: %s".formatted(report.sourceFailure().get()));
    } else if (report.hasNoDestinationLeft()) {
      say("stopped: no destination is left");
    } else {
      say(
          "read %s of %s in %s (%s)"
              .formatted(
                  Texts.exactSize(report.bytesRead()),
                  report.source(),
                  Texts.seconds(report.copySeconds()),
                  Texts.rate(report.bytesRead(), report.copySeconds())));
    }
    if (report.isSourceShort()) {
      say(
          "the source ended at %d; it had %d bytes when the copy began"
              .formatted(report.endBytes(), report.plannedBytes()));
    }
  }

  private void print(DestinationReport destination) {
    String whole = "whole until byte " + destination.wholeUntil() + " of " + report.plannedBytes();
    String line =
        switch (destination.state()) {
          case COMPLETE -> "complete";
          case FAILED -> "FAILED, " + whole;
          case SOURCE_FAILED -> "incomplete, " + whole;
          case INTERRUPTED -> "interrupted, " + whole;
        };
    if (destination.state() != CopyReport.State.FAILED || destination.isFlushed()) {
      line += destination.isFlushed() ? ", flushed" : ", not flushed";
    }
    if (destination.verification() == Verification.EQUAL_FROM_CACHE) {
      line += ", verified (read back from cache)";
    } else if (destination.verification() == Verification.EQUAL) {
      line += ", verified";
    } else if (destination.verification() == Verification.DIFFERENT) {
      line += ", DIFFERENT";
    } else if (options.verify()) {
      line += ", not verified";
    }
    String message = destination.message();
    say("%s: %s%s".formatted(destination.name(), line, message.isEmpty() ? "" : ": " + message));
  }
}
