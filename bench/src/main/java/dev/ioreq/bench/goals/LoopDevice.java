package dev.ioreq.bench.goals;

import dev.ioreq.bench.measure.Cleanup;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A loop device over a file, where the user may make one. It goes when it is closed or this
/// process ends; while another still reads it, as soon as that ends.
final class LoopDevice implements AutoCloseable {
  private final Cleanup.@Nullable Owned<String> device;
  private final String trouble;

  private LoopDevice(Cleanup.@Nullable Owned<String> device, String trouble) {
    this.device = device;
    this.trouble = trouble;
  }

  static LoopDevice over(Path file) {
    try {
      return new LoopDevice(Cleanup.ofProcess().make(() -> attach(file), LoopDevice::detach), "");
    } catch (IOException e) {
      return new LoopDevice(null, "no loop device; needs losetup, and root: " + e.getMessage());
    }
  }

  /// Why there is none; empty if there is one.
  String trouble() {
    return trouble;
  }

  Path path() {
    if (device == null) {
      throw new IllegalStateException(trouble);
    }
    return Path.of(device.get());
  }

  @Override
  public void close() throws IOException {
    if (device != null) {
      device.close();
    }
  }

  private static String attach(Path file) throws IOException {
    String said = losetup("--find", "--show", "--read-only", file.toString());
    if (!said.startsWith("/dev/")) {
      throw new IOException(said);
    }
    return said;
  }

  private static void detach(String device) throws IOException {
    String said = losetup("--detach", device);
    if (!said.isEmpty()) {
      throw new IOException(device + " stays: " + said);
    }
  }

  /// In a session of its own: an interruption from the terminal would end it after the device is
  /// there and before it has said which.
  private static String losetup(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("setsid", "--wait", "losetup"));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
  }
}
