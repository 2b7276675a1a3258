package dev.ioreq.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.ioreq.cli.copy.CopyReport;
import dev.ioreq.cli.copy.CopyReport.DestinationReport;
import dev.ioreq.cli.copy.Range;
import dev.ioreq.cli.copy.Verification;
import java.util.Locale;
import java.util.Optional;

/// The report of a copy as one JSON object. Its members are named in the manual page; they are put
/// together one by one, so that they do not change when a class does.
final class CopyReportJson {
  private CopyReportJson() {}

  /// @param exitCode what the process exits with
  static JsonObject of(CopyReport report, int exitCode) {
    JsonObject json = new JsonObject();
    json.addProperty("exitCode", exitCode);
    json.addProperty("source", report.source());
    json.addProperty("engine", report.sourceEngine());
    json.addProperty("plannedBytes", report.plannedBytes());
    json.addProperty("sourceEnd", report.endBytes());
    json.addProperty("bytesRead", report.bytesRead());
    json.add("sourceFailure", text(report.sourceFailure()));
    json.addProperty("interrupted", report.isInterrupted());
    json.add("fault", text(report.faultText()));
    json.addProperty("seconds", report.copySeconds());
    double rate = report.copySeconds() > 0 ? report.bytesRead() / report.copySeconds() : 0;
    json.addProperty("bytesPerSecond", Math.round(rate));
    json.add("sha256", text(report.hash()));
    JsonArray destinations = new JsonArray();
    report.destinations().forEach(d -> destinations.add(of(d)));
    json.add("destinations", destinations);
    JsonArray skipped = new JsonArray();
    for (Range range : report.skipped()) {
      JsonObject element = new JsonObject();
      element.addProperty("offset", range.offsetBytes());
      element.addProperty("length", range.lengthBytes());
      skipped.add(element);
    }
    json.add("skipped", skipped);
    return json;
  }

  private static JsonObject of(DestinationReport destination) {
    JsonObject json = new JsonObject();
    json.addProperty("name", destination.name());
    json.addProperty("engine", destination.engine());
    json.addProperty("state", lower(destination.state()));
    json.addProperty("status", destination.statusName());
    json.addProperty("message", destination.message());
    json.addProperty("bytes", destination.bytesWritten());
    json.addProperty("wholeUntil", destination.wholeUntil());
    json.addProperty("flushed", destination.isFlushed());
    json.add("verified", verified(destination.verification()));
    json.addProperty("verification", lower(destination.verification()));
    return json;
  }

  private static JsonElement verified(Verification verification) {
    return switch (verification) {
      case NOT_ASKED, NOT_DONE -> JsonNull.INSTANCE;
      case EQUAL, EQUAL_FROM_CACHE -> new JsonPrimitive(true);
      case DIFFERENT -> new JsonPrimitive(false);
    };
  }

  private static JsonElement text(Optional<String> text) {
    return text.<JsonElement>map(JsonPrimitive::new).orElse(JsonNull.INSTANCE);
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
