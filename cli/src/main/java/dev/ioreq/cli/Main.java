package dev.ioreq.cli;

import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// The command `ioreq`: it only chooses a sub-command.
public final class Main {
  private Main() {}

  /// The command with all its sub-commands, ready to be given arguments.
  static CommandLine commandLine() {
    CommandSpec[] self = new CommandSpec[1];
    CommandSpec spec =
        CommandSpecs.command(
            "ioreq",
            "Sends asynchronous I/O requests to files, devices and stacks of drivers.",
            () -> {
              throw new ParameterException(self[0].commandLine(), "Missing command.");
            },
            "0:done",
            "1:I/O failed",
            "2:wrong command line",
            "129:ended because the terminal hung up",
            "130:interrupted by Ctrl-C",
            "143:ended by kill");
    self[0] = spec;
    spec.usageMessage().synopsisSubcommandLabel("COMMAND");
    CommandSpecs.end(spec);
    spec.addSubcommand("copy", new CopyCommand().spec());
    spec.addSubcommand("info", new InfoCommand().spec());
    CommandLine line = new CommandLine(spec);
    Failures failures = new Failures();
    return line.setExpandAtFiles(false) // a file's name may begin with @
        .setParameterExceptionHandler(failures)
        .setExecutionExceptionHandler(failures);
  }

  /// Runs one command. That what it printed is lost counts as failed I/O.
  ///
  /// @param args the command line, without the name of the program
  /// @return the exit code
  static int run(String... args) {
    StandardOutput output = StandardOutput.install();
    int code = commandLine().execute(args);
    Optional<String> failure = output.end();
    if (failure.isEmpty()) {
      return code;
    }
    System.err.println(
        "ioreq: the report could not be written to standard output: " + failure.get());
    return code == 0 ? Failures.IO_FAILED : code;
  }

  /// Runs one command and exits with its code.
  ///
  /// The engines start on a thread of their own while the command line is taken apart: making
  /// native calls ready takes longer than that.
  ///
  /// @param args the command line, without the name of the program
  public static void main(String[] args) {
    if (args.length > 0 && args[0].equals("copy")) {
      Engines.begin();
    }
    int code = run(args);
    if (code != 0) { // else the end of main ends the process: exit() first makes a logger ready
      System.exit(code);
    }
  }
}
