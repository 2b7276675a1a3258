package dev.ioreq.cli;

import java.util.List;

/// A program of its own that runs the commands whose start is to be quick.
///
/// The launcher runs it once after a build, while the virtual machine records which classes are
/// loaded and which methods are hot, and later starts `ioreq` from that recording. All commands run
/// in one process because one recording is made of one process. They must need neither network nor
/// devices, and leave nothing behind.
final class Training {
  private static final List<List<String>> COMMANDS =
      List.of(
          List.of("--version"),
          List.of("--help"),
          List.of("info"),
          List.of("copy", "pattern:16MiB", "memory:16MiB", "--verify", "--quiet"));

  private Training() {}

  /// Runs the commands, one after another, and exits as `ioreq` does: with 0 only if each of them
  /// did its work.
  ///
  /// @param args none
  public static void main(String[] args) {
    int worst = 0;
    for (List<String> command : COMMANDS) {
      int code = Main.commandLine().execute(command.toArray(String[]::new));
      worst = Math.max(worst, code);
    }
    System.exit(worst);
  }
}
