package dev.ioreq.linux.engine;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.ioreq.linux.abi.ProcessCalls;
import dev.ioreq.testkit.Requirement;
import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Sends a thread of this process the signal by which `java.nio` interrupts system calls: its
/// handler does nothing, and system calls are not restarted.
///
/// @see "man 2 tgkill; man 7 signal; sun.nio.ch.NativeThread"
final class Signals {
  private static final int NUMBER = 62; // SIGRTMAX - 2
  private static final MethodHandle TGKILL = tgkill();

  private Signals() {}

  @SuppressWarnings("restricted") // calls libc
  private static MethodHandle tgkill() {
    Optional<MemorySegment> symbol = Linker.nativeLinker().defaultLookup().find("tgkill");
    return Linker.nativeLinker()
        .downcallHandle(
            symbol.orElseThrow(() -> Requirement.missing("tgkill", "libc is older than 2.30")),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  }

  /// Skips the test unless the signal has the handler; without, it would end the process.
  static void needsHandler() throws IOException {
    try (FileChannel channel = FileChannel.open(Path.of("/proc/self/status"))) {
      channel.size(); // the class that installs the handler is there now
    }
    String caught =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("SigCgt:"))
            .map(line -> line.substring("SigCgt:".length()).strip())
            .findFirst()
            .orElse("0");
    boolean isCaught = (Long.parseUnsignedLong(caught, 16) >>> (NUMBER - 1) & 1) != 0;
    Requirement.needs("a handler of signal " + NUMBER, isCaught, "this Java runtime has none");
  }

  static void send(int task) {
    try {
      int result = (int) TGKILL.invokeExact(ProcessCalls.getpid(), task, NUMBER);
      if (result != 0) {
        throw new AssertionError("tgkill gives " + result);
      }
    } catch (Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("tgkill is a C function and throws no exception", e);
    }
  }
}
