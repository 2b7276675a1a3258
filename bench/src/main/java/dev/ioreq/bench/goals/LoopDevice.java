package dev.ioreq.bench.goals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// A loop device over a file, where the user may make one.
final class LoopDevice implements AutoCloseable {
  private final String device;
  private final String trouble;

  private LoopDevice(String device, String trouble) {
    this.device = device;
    this.trouble = trouble;
  }

  static LoopDevice over(Path file) {
    try {
      String said = run("losetup", "--find", "--show", "--read-only", file.toString());
      return said.startsWith("/dev/")
          ? new LoopDevice(said, "")
          : new LoopDevice("", "losetup gives no loop device; needs root");
    } catch (IOException e) {
      return new LoopDevice("", "needs losetup, and root");
    }
  }

  /// Why there is none; empty if there is one.
  String trouble() {
    return trouble;
  }

  Path path() {
    return Path.of(device);
  }

  @Override
  public void close() throws IOException {
    if (!device.isEmpty()) {
      String ignored = run("losetup", "--detach", device);
      assert ignored.isEmpty();
    }
  }

  private static String run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
  }
}
