package dev.ioreq.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.ioreq.Access;
import dev.ioreq.ControlCode;
import dev.ioreq.DeviceInfo;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.cli.copy.RefusedException;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The command `ioreq info`: prints what a target is, or which engines are here.
@Command(
    name = "info",
    description = "Tells what a target is; without a target, which engines are here.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    showEndOfOptionsDelimiterInUsageHelp = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:done", "1:the target cannot be opened", "2:wrong command line"})
final class InfoCommand implements Callable<Integer> {
  @Parameters(index = "0", arity = "0..1", paramLabel = "TARGET", description = "What to look at.")
  private @Nullable String target;

  @Option(names = "--direct", description = "Open it past the caches of the operating system.")
  private boolean isDirect;

  @Option(
      names = "--engine",
      paramLabel = "NAME",
      description = "Who carries requests out: ${COMPLETION-CANDIDATES} (default: the best).")
  private CopyCommand.@Nullable Engine engine;

  @Option(names = "--json", description = "Print JSON.")
  private boolean isJson;

  /// Made by the command line.
  InfoCommand() {}

  @Override
  public Integer call() throws IoRequestException, RefusedException {
    if (target == null) {
      printEngines(System.out);
      return 0;
    }
    OpenOptions options = OpenOptions.of(Access.READ);
    options = isDirect ? options.withDirect() : options;
    options = engine == null ? options : options.withEngine(engine.name());
    try (IoTarget opened = IoTarget.open(target, options)) {
      print(opened.name(), opened.info(), System.out);
    } catch (IllegalArgumentException e) {
      throw new RefusedException(String.valueOf(e.getMessage()));
    } catch (IoRequestException e) {
      if (isWrongName(e.status())) {
        throw new RefusedException(String.valueOf(e.getMessage()));
      }
      throw e;
    }
    return 0;
  }

  private static boolean isWrongName(IoStatus status) {
    return status.equals(IoStatus.OBJECT_NAME_NOT_FOUND)
        || status.equals(IoStatus.NO_SUCH_DEVICE)
        || status.equals(IoStatus.INVALID_PARAMETER);
  }

  private void printEngines(PrintStream out) {
    if (!isJson) {
      IoTarget.engines().forEach(out::println);
      return;
    }
    JsonObject json = new JsonObject();
    JsonArray engines = new JsonArray();
    IoTarget.engines().forEach(engines::add);
    json.add("engines", engines);
    out.println(json);
  }

  private void print(String name, DeviceInfo info, PrintStream out) {
    if (isJson) {
      out.println(json(name, info));
      return;
    }
    boolean hasEnd = info.hasSize() && info.sizeBytes() < Long.MAX_VALUE;
    String codes =
        info.controlCodes().stream().map(ControlCode::toString).collect(Collectors.joining(", "));
    row(out, "name", name);
    row(out, "kind", info.kind());
    row(out, "size", hasEnd ? Texts.exactSize(info.sizeBytes()) : "none");
    row(out, "block size", info.blockSizeBytes() + " bytes");
    row(out, "alignment of memory", info.memoryAlignmentBytes() + " bytes");
    row(out, "alignment of offsets", info.offsetAlignmentBytes() + " bytes");
    row(out, "engine", info.engine());
    row(out, "cache", info.isDirect() ? "bypassed" : "used");
    row(out, "writes", info.isReadOnly() ? "refused by the device" : "possible");
    row(out, "control codes", codes.isEmpty() ? "none known" : codes);
  }

  private static void row(PrintStream out, String what, String value) {
    out.printf("%-22s%s%n", what, value);
  }

  private static JsonObject json(String name, DeviceInfo info) {
    boolean hasEnd = info.hasSize() && info.sizeBytes() < Long.MAX_VALUE;
    JsonObject json = new JsonObject();
    json.addProperty("name", name);
    json.addProperty("kind", info.kind());
    if (hasEnd) {
      json.addProperty("size", info.sizeBytes());
    } else {
      json.add("size", JsonNull.INSTANCE);
    }
    json.addProperty("blockSize", info.blockSizeBytes());
    json.addProperty("memoryAlignment", info.memoryAlignmentBytes());
    json.addProperty("offsetAlignment", info.offsetAlignmentBytes());
    json.addProperty("engine", info.engine());
    json.addProperty("direct", info.isDirect());
    json.addProperty("readOnly", info.isReadOnly());
    JsonArray codes = new JsonArray();
    for (ControlCode code : info.controlCodes()) {
      JsonObject element = new JsonObject();
      element.addProperty("name", code.name());
      element.addProperty("value", Integer.toUnsignedLong(code.value()));
      codes.add(element);
    }
    json.add("controlCodes", codes);
    return json;
  }
}
