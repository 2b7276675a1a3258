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
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// The command `ioreq info`: prints what a target is, or which engines are here.
final class InfoCommand implements Callable<Integer> {
  private final PositionalParamSpec targetName =
      PositionalParamSpec.builder()
          .index("0")
          .arity("0..1")
          .type(String.class)
          .paramLabel("TARGET")
          .description("What to look at.")
          .build();

  private final OptionSpec direct =
      CommandSpecs.flag("--direct", "Open it past the caches of the operating system.");

  private final ValueOption<CopyCommand.Engine> engine =
      ValueOption.of(
          "--engine",
          "NAME",
          CopyCommand.Engine.class,
          "Who carries requests out: ${COMPLETION-CANDIDATES} (default: the best).");

  private final OptionSpec json = CommandSpecs.flag("--json", "Print JSON.");

  private final CommandSpec spec =
      CommandSpecs.command(
          "info",
          "Tells what a target is; without a target, which engines are here.",
          this,
          "0:done",
          "1:the target cannot be opened, or the output could not be written",
          "2:wrong command line");

  /// A command that has not been parsed yet.
  InfoCommand() {
    spec.addPositional(targetName).addOption(direct).addOption(engine.spec()).addOption(json);
    CommandSpecs.end(spec);
  }

  CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IoRequestException, RefusedException {
    String target = targetName.getValue();
    CopyCommand.Engine engineName = engine.value();
    if (target == null) {
      printEngines(System.out);
      return 0;
    }
    OpenOptions options = OpenOptions.of(Access.READ);
    options = CommandSpecs.isGiven(direct) ? options.withDirect() : options;
    options = engineName == null ? options : options.withEngine(engineName.name());
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
    if (!CommandSpecs.isGiven(json)) {
      IoTarget.engines().forEach(out::println);
      return;
    }
    JsonObject object = new JsonObject();
    JsonArray engines = new JsonArray();
    IoTarget.engines().forEach(engines::add);
    object.add("engines", engines);
    out.println(object);
  }

  private void print(String name, DeviceInfo info, PrintStream out) {
    if (CommandSpecs.isGiven(json)) {
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
    out.printf("%-22s%s%n", what, Texts.quoted(value));
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
