package dev.ioreq.cli;

import com.google.gson.JsonObject;
import dev.ioreq.IoMisuseException;
import dev.ioreq.cli.copy.RefusedException;
import dev.ioreq.log.Words;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/// What a person sees of a failure: one line that names the value, the limit and the way out. Only
/// a defect of the program itself is worth a stack trace.
final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {
  static final int IO_FAILED = 1;

  /// For the command line.
  Failures() {}

  @Override
  public int handleParseException(ParameterException failure, String[] args) {
    CommandLine command = failure.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("ioreq: " + Texts.quoted(message(failure)));
    UnmatchedArgumentException.printSuggestions(failure, err);
    err.printf("Try '%s --help'.%n", command.getCommandSpec().qualifiedName());
    err.flush();
    printJsonIfAsked(args, ExitCode.USAGE, message(failure));
    return ExitCode.USAGE;
  }

  @Override
  public int handleExecutionException(Exception failure, CommandLine command, ParseResult parsed) {
    PrintWriter err = command.getErr();
    if (isExpected(failure)) {
      err.println("ioreq: " + Texts.quoted(message(failure)));
      err.flush();
    } else {
      tellDefect(failure, err);
    }
    int exitCode = failure instanceof RefusedException ? ExitCode.USAGE : IO_FAILED;
    boolean isOutputTaken = failure instanceof RefusedException refused && refused.isOutputTaken();
    if (!isOutputTaken) {
      printJsonIfAsked(
          parsed.originalArgs().toArray(String[]::new),
          exitCode,
          isExpected(failure) ? message(failure) : Words.of(failure));
    }
    return exitCode;
  }

  private static String message(Exception failure) {
    return String.valueOf(failure.getMessage());
  }

  /// Prints what stands in the place of the report. The arguments are looked through here because
  /// they may be such that they cannot be taken apart.
  private static void printJsonIfAsked(String[] args, int exitCode, String error) {
    boolean isAsked =
        Arrays.stream(args).takeWhile(arg -> !arg.equals("--")).anyMatch("--json"::equals);
    if (isAsked) {
      JsonObject json = new JsonObject();
      json.addProperty("exitCode", exitCode);
      json.addProperty("error", error);
      System.out.println(json);
    }
  }

  /// Says that the program itself failed, with all that helps to find out where.
  static void tellDefect(Throwable failure, PrintWriter err) {
    err.println("ioreq: a fault of this program; please report it, with what follows");
    StringWriter trace = new StringWriter();
    try {
      failure.printStackTrace(new PrintWriter(trace));
    } catch (RuntimeException | Error e) { // it throws when it is asked what it is
      trace.append(Words.of(failure));
    }
    trace.toString().lines().forEach(line -> err.println(Texts.quotedIndented(line)));
    err.flush();
  }

  private static boolean isExpected(Exception failure) {
    return failure instanceof IOException
        || failure instanceof RefusedException
        || failure instanceof IoMisuseException;
  }
}
