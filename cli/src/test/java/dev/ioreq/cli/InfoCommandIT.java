package dev.ioreq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `ioreq info` as a process.
class InfoCommandIT {
  @TempDir Path folder;

  @Test
  void tellsWhatATargetIs() {
    Program.Ended ended = Program.run(folder, "info", "memory:1MiB");

    assertThat(ended.exitCode()).isZero();
    assertThat(ended.out()).contains("memory").contains("1 MiB (1048576 bytes)").contains("FLUSH");
  }

  @Test
  void tellsItAsJson() {
    JsonObject json = Program.run(folder, "info", "--json", "pattern:4096").json();

    assertThat(json.get("size").getAsLong()).isEqualTo(4096);
    assertThat(json.get("engine").getAsString()).isEqualTo("core");
    assertThat(json.getAsJsonArray("controlCodes")).isNotEmpty();
  }

  @Test
  void listsEnginesWithoutATarget() {
    assertThat(Program.run(folder, "info").out()).contains("core").contains("portable");
  }

  @Test
  void missingTargetIsAnIoFailure() {
    Program.Ended ended = Program.run(folder, "info", "missing");

    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.err()).contains("ENOENT").doesNotContain("\tat ");
  }

  @Test
  void jsonTellsWhatCannotBeOpened() {
    Program.Ended ended = Program.run(folder, "info", "--json", "missing");

    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.json().get("exitCode").getAsInt()).isEqualTo(1);
    assertThat(ended.json().get("error").getAsString()).contains("ENOENT");
  }

  @Test
  void unknownKindIsAWrongCommandLine() {
    assertThat(Program.run(folder, "info", "nonsense:1").exitCode()).isEqualTo(2);
  }
}
