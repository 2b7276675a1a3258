package dev.ioreq.linux.abi;

import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Locale;
import java.util.Optional;

/// Whether this process can call Linux at all, and if not, what to do about it.
///
/// Immutable after class initialisation; may be asked from any thread.
public final class NativeAccess {
  private static final Optional<String> PROBLEM = findProblem();

  private NativeAccess() {}

  /// Tells why native calls cannot work in this process.
  ///
  /// @return empty if they can; else one sentence that names the obstacle and the way out
  public static Optional<String> problem() {
    return PROBLEM;
  }

  private static Optional<String> findProblem() {
    String os = System.getProperty("os.name", "");
    if (!os.toLowerCase(Locale.ROOT).equals("linux")) {
      return Optional.of("the operating system is " + os + ", not Linux");
    }
    if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN || ValueLayout.ADDRESS.byteSize() != 8) {
      return Optional.of(
          "the processor is "
              + System.getProperty("os.arch")
              + "; the layouts here are those of 64-bit little-endian processors");
    }
    try {
      tryRestrictedMethod();
    } catch (IllegalCallerException e) {
      return Optional.of(
          "native access is off (" + e.getMessage() + "); start Java with " + enablingFlag());
    } catch (UnsupportedOperationException e) {
      return Optional.of("this Java runtime has no native linker: " + e.getMessage());
    }
    return Optional.empty();
  }

  @SuppressWarnings("restricted") // made to find out whether restricted methods are allowed
  private static void tryRestrictedMethod() {
    MemorySegment nothing = MemorySegment.NULL.reinterpret(0);
    assert nothing.byteSize() == 0;
    Linker.nativeLinker();
  }

  private static String enablingFlag() {
    Module module = NativeAccess.class.getModule();
    return "--enable-native-access=" + (module.isNamed() ? module.getName() : "ALL-UNNAMED");
  }
}
