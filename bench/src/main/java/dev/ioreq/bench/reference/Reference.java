package dev.ioreq.bench.reference;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.ioreq.bench.measure.Unmeasurable;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/// The functions of `reference.c`. Each call does many requests, so that the call itself is not
/// seen in what one costs.
///
/// A ring belongs to the thread that made it.
public final class Reference {
  private static final String SOURCE = "reference.c";

  private final MethodHandle ring;
  private final MethodHandle register;
  private final MethodHandle nops;
  private final MethodHandle reads;
  private final MethodHandle preads;

  private Reference(SymbolLookup library) {
    ring = handle(library, "reference_ring", FunctionDescriptor.of(ADDRESS, JAVA_INT));
    register =
        handle(
            library,
            "reference_register",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_LONG));
    nops =
        handle(
            library,
            "reference_nops",
            FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_INT, JAVA_LONG));
    MemoryLayout[] read = {
      ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG,
      JAVA_INT
    };
    reads = handle(library, "reference_reads", FunctionDescriptor.of(JAVA_LONG, read));
    MemoryLayout[] pread = {
      JAVA_INT, ADDRESS, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG
    };
    preads = handle(library, "reference_preads", FunctionDescriptor.of(JAVA_LONG, pread));
  }

  /// Compiles and loads the library. It stays loaded for the life of the process.
  ///
  /// @return its functions
  /// @throws Unmeasurable if gcc is missing or refuses
  @SuppressWarnings("restricted")
  public static Reference compile() throws Unmeasurable {
    try {
      Path folder = Files.createTempDirectory("ioreq-reference");
      Path source = folder.resolve(SOURCE);
      Path library = folder.resolve("libreference.so");
      try (InputStream text = Reference.class.getResourceAsStream(SOURCE)) {
        if (text == null) {
          throw new AssertionError(SOURCE + " lies beside this class");
        }
        Files.copy(text, source);
        compile(source, library);
        return new Reference(SymbolLookup.libraryLookup(library, Arena.global()));
      } finally {
        Files.deleteIfExists(source);
        Files.deleteIfExists(library);
        Files.deleteIfExists(folder);
      }
    } catch (IOException e) {
      throw new Unmeasurable("gcc cannot be started (" + e.getMessage() + "): install gcc", e);
    }
  }

  private static void compile(Path source, Path library) throws IOException, Unmeasurable {
    Process gcc =
        new ProcessBuilder(
                "gcc", "-O2", "-shared", "-fPIC", "-o", library.toString(), source.toString())
            .redirectErrorStream(true)
            .start();
    String said =
        new String(gcc.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    try {
      if (gcc.waitFor() != 0) {
        throw new Unmeasurable(
            "gcc refuses the C reference: " + said.lines().findFirst().orElse(""));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unmeasurable("interrupted while gcc was running", e);
    }
  }

  @SuppressWarnings("restricted")
  private static MethodHandle handle(
      SymbolLookup library, String name, FunctionDescriptor descriptor) {
    return Linker.nativeLinker().downcallHandle(library.findOrThrow(name), descriptor);
  }

  /// Makes a ring for the calling thread, with the flags our rings have.
  ///
  /// @param entries of its submission queue
  /// @return the ring
  /// @throws Unmeasurable if the kernel gives none
  public MemorySegment ring(int entries) throws Unmeasurable {
    MemorySegment made;
    try {
      made = (MemorySegment) ring.invokeExact(entries);
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
    if (made.address() == 0) {
      throw new Unmeasurable("the kernel gives no ring with the flags wished for");
    }
    return made;
  }

  /// Registers one file, slot 0, and one buffer, slot 0.
  ///
  /// @param fd the file
  /// @param memory the buffer
  /// @throws Unmeasurable if the kernel refuses
  public void register(MemorySegment ringOfCaller, int fd, MemorySegment memory)
      throws Unmeasurable {
    int result;
    try {
      result = (int) register.invokeExact(ringOfCaller, fd, memory, memory.byteSize());
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
    if (result < 0) {
      throw new Unmeasurable("registered memory is refused, errno " + -result);
    }
  }

  /// Submits and reaps entries that do nothing.
  ///
  /// @param batch entries in each call of the kernel
  /// @param batches how many calls
  public void nops(MemorySegment ringOfCaller, int batch, long batches) {
    long good;
    try {
      good = (long) nops.invokeExact(ringOfCaller, batch, batches);
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
    check(good, batch * batches);
  }

  /// What is read.
  ///
  /// @param fd the file
  /// @param memory a block for each request in flight
  /// @param blockBytes the size of a block
  /// @param blocks how many blocks the file has, a power of two; 0 for a stream
  /// @param stride the number of a request times this, modulo blocks, is its block
  public record Reads(int fd, MemorySegment memory, int blockBytes, long blocks, long stride) {}

  /// Reads through a ring.
  ///
  /// @param depth in flight
  /// @param first number of the first request
  /// @param count how many
  /// @param isRegistered whether by registered file and buffer
  public void reads(
      MemorySegment ringOfCaller,
      Reads what,
      int depth,
      long first,
      long count,
      boolean isRegistered) {
    long good;
    try {
      good =
          (long)
              reads.invokeExact(
                  ringOfCaller,
                  what.fd,
                  what.memory,
                  what.blockBytes,
                  what.blocks,
                  what.stride,
                  depth,
                  first,
                  count,
                  isRegistered ? 1 : 0);
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
    check(good, count);
  }

  /// Reads one after another by `pread`.
  ///
  /// @param first number of the first
  /// @param count how many
  public void preads(Reads what, long first, long count) {
    long good;
    try {
      good =
          (long)
              preads.invokeExact(
                  what.fd, what.memory, what.blockBytes, what.blocks, what.stride, first, count);
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
    check(good, count);
  }

  private static void check(long good, long wanted) {
    if (good != wanted) {
      throw new IllegalStateException(
          "of %d requests in C %d ended well (below 0: -errno)".formatted(wanted, good));
    }
  }
}
