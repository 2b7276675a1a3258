import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// A test whose display name holds ids of statements: once for each place it is written, however
/// many classes inherit it.
///
/// @param module where it is written
/// @param className of the class or interface it is written in, with its package
/// @param method its name, empty for a race: that is a class
/// @param ids the statements, in the order of its name
/// @param runners the test classes that run it: each with its module before a colon
record NamedTest(
    String module, String className, String method, List<String> ids, Set<String> runners) {

  /// How one test ended.
  enum Outcome {
    NOT_RUN("not run"),
    SKIPPED("skipped"),
    PASSED("pass"),
    FAILED("fail");

    private final String word;

    Outcome(String word) {
      this.word = word;
    }

    /// Of two, what is to be told: a failure above all, a pass before a skip.
    Outcome and(Outcome other) {
      return compareTo(other) > 0 ? this : other;
    }

    @Override
    public String toString() {
      return word;
    }
  }

  static Set<String> idsIn(String text) {
    Set<String> ids = new LinkedHashSet<>();
    Specification.ID.matcher(text).results().forEach(found -> ids.add(found.group()));
    return ids;
  }

  boolean isRace() {
    return method.isEmpty();
  }

  @Override
  public String toString() {
    String name = className.substring(className.lastIndexOf('.') + 1).replace('$', '.');
    return "`%s%s` (%s)".formatted(name, isRace() ? "" : "." + method, module);
  }
}
