package dev.ioreq;

/// Stand-in.
public final class Verifier {
  private Verifier() {}

  static boolean isOn() {
    return true;
  }

  static boolean isStrict() {
    return Boolean.getBoolean("strict");
  }

  static void violated(VerifierRule rule, Object about, IoStatus status, String detail) {
    if (isStrict()) {
      throw new IoMisuseException(status, rule + ": " + detail);
    }
  }

  static void fatal(VerifierRule rule, Object about, IoStatus status, String detail) {
    if (rule != null) {
      throw new IoMisuseException(status, rule + ": " + detail);
    }
  }
}
