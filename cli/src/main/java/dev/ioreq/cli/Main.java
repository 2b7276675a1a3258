package dev.ioreq.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The command `ioreq`: it only chooses a sub-command.
@Command(
    name = "ioreq",
    description = "Sends asynchronous I/O requests to files, devices and stacks of drivers.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:done", "1:I/O failed", "2:wrong command line", "130:interrupted"})
public final class Main implements Runnable {
  @Spec private CommandSpec spec;

  /// A command line that has not been parsed yet.
  Main() {}

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command.");
  }

  /// The command with all its sub-commands, ready to be given arguments.
  static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Main());
    line.addSubcommand(new CopyCommand());
    line.addSubcommand(new InfoCommand());
    Failures failures = new Failures();
    return line.setParameterExceptionHandler(failures).setExecutionExceptionHandler(failures);
  }

  /// Runs one command and exits with its code.
  ///
  /// @param args the command line, without the name of the program
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }
}
