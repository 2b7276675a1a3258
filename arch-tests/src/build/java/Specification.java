import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The statements of `docs/spec/behaviour.md` with their classes, and what `docs/spec/notes.md`
/// says of some.
///
/// @param statements class by id, in the order of the document
/// @param notes words by id: why a statement has no meaning here, or how it is kept in another way
/// @param faults what is wrong with the two documents
record Specification(
    Map<String, String> statements, Map<String, String> notes, List<String> faults) {

  /// What an id looks like, right or wrong.
  static final Pattern ID = Pattern.compile("\\bR-\\d+\\b");

  private static final Pattern STATEMENT =
      Pattern.compile("^\\| (R-\\d+) \\| (CORE|WIDER|N/A) \\|");
  private static final Pattern NOTE = Pattern.compile("^\\| (R-[^|]*?) *\\| *([^|]*?) *\\|$");
  private static final Pattern SPAN = Pattern.compile("R-(\\d{3})(?: to R-(\\d{3}))?");

  static Specification read(Path root) throws IOException {
    Specification all =
        new Specification(new LinkedHashMap<>(), new TreeMap<>(), new ArrayList<>());
    for (String line : Files.readAllLines(root.resolve("docs/spec/behaviour.md"))) {
      Matcher row = STATEMENT.matcher(line);
      if (row.find() && all.statements.put(row.group(1), row.group(2)) != null) {
        all.faults.add("docs/spec/behaviour.md has two statements " + row.group(1));
      }
    }
    for (String line : Files.readAllLines(root.resolve("docs/spec/notes.md"))) {
      Matcher row = NOTE.matcher(line);
      if (row.find()) {
        all.note(row.group(1), row.group(2));
      }
    }
    return all;
  }

  /// Notes one row: `R-001`, `R-001 to R-009`, or several of these with commas between.
  private void note(String ids, String words) {
    for (String part : ids.split(", *", -1)) {
      Matcher span = SPAN.matcher(part);
      if (!span.matches()) {
        faults.add("docs/spec/notes.md: \"" + part + "\" is neither an id nor \"R-001 to R-009\"");
        continue;
      }
      int first = Integer.parseInt(span.group(1));
      int last = span.group(2) == null ? first : Integer.parseInt(span.group(2));
      for (int number = first; number <= last; number++) {
        String id = "R-%03d".formatted(number);
        if (!statements.containsKey(id)) {
          faults.add("docs/spec/notes.md: there is no statement " + id);
        }
        if (words.isEmpty() || notes.put(id, words) != null) {
          faults.add("docs/spec/notes.md: " + id + " has no words, or is noted twice");
        }
      }
    }
  }
}
