package dev.ioreq.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A program of its own that runs the commands whose start is to be quick.
///
/// The launcher runs it once after a build, while the virtual machine records which classes are
/// loaded and which methods are hot, and later starts `ioreq` from that recording. All commands run
/// in one process because one recording is made of one process. They need neither network nor
/// devices, write to a temporary folder only, and leave nothing behind.
///
/// They copy little: a method that is hot here is compiled at each later start, before it is known
/// whether it will be needed.
final class Training {
  private final Path folder;
  private int worst;

  private Training(Path folder) {
    this.folder = folder;
  }

  /// Runs the commands, one after another, and exits as `ioreq` does: with 0 only if each of them
  /// did its work.
  ///
  /// @param args none
  /// @throws IOException if there is no temporary folder
  public static void main(String[] args) throws IOException {
    Path folder = Files.createTempDirectory("ioreq-training");
    Training training = new Training(folder);
    try {
      training.runAll();
    } finally {
      Files.delete(folder);
    }
    System.exit(training.worst);
  }

  private void runAll() throws IOException {
    Path first = folder.resolve("first");
    Path second = folder.resolve("second");
    Path third = folder.resolve("third");
    try {
      Engines.begin();
      Engines.await();
      run("--version");
      run("--help");
      run("info");
      run("copy", "pattern:1MiB", first.toString(), "--quiet");
      run("copy", first.toString(), second.toString(), third.toString(), "--quiet", "--force");
      run("copy", first.toString(), second.toString(), "--json", "--force", "--hash", "sha256");
      run("copy", first.toString(), "memory:1MiB", "--verify");
    } finally {
      for (Path file : List.of(first, second, third)) {
        Files.deleteIfExists(file);
      }
    }
  }

  private void run(String... command) {
    worst = Math.max(worst, Main.run(command));
  }
}
