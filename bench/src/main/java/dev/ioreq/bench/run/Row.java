package dev.ioreq.bench.run;

import dev.ioreq.bench.measure.SliceRace.Cost;
import java.util.Locale;

/// A line of the table.
///
/// @param goal which
/// @param what the case, with what is aimed at
/// @param ours our figure
/// @param other the figure beside it
/// @param ratio of the two, as the goal means it
/// @param verdict `met`, `not met`, or why nothing was measured
public record Row(Goal goal, String what, String ours, String other, String ratio, String verdict) {
  private static final String NOTHING = "–";
  private static final String WHOLE_GOAL = "all";

  /// Two figures and their ratio.
  ///
  /// @param limit what the ratio must keep
  /// @return the line
  public static Row ratio(
      Goal goal, String what, String ours, String other, double ratio, Limit limit) {
    return new Row(
        goal,
        what + " (" + limit + ")",
        ours,
        other,
        near(ratio, limit),
        verdict(limit.holds(ratio)));
  }

  /// How fast ours is beside the other, by the clock and by processor time; both must be enough.
  ///
  /// @param least of the other's cost divided by ours
  /// @return the line
  public static Row speed(Goal goal, String what, Cost ours, Cost other, double least) {
    double clock = other.nanos() / ours.nanos();
    double cpu = other.cpuNanos() / ours.cpuNanos();
    Limit limit = Limit.atLeast(least);
    return new Row(
        goal,
        what + " (" + limit + ")",
        cost(ours),
        other.name() + " " + cost(other),
        near(clock, limit) + " / " + near(cpu, limit),
        verdict(limit.holds(clock) && limit.holds(cpu)));
  }

  /// How much more ours costs than the other, by the clock and by processor time; neither may be
  /// too much.
  ///
  /// @param parts what the difference is divided by, for example layers
  /// @param most nanoseconds for each part
  /// @return the line
  public static Row more(Goal goal, String what, Cost ours, Cost other, int parts, double most) {
    double clock = (ours.nanos() - other.nanos()) / parts;
    double cpu = (ours.cpuNanos() - other.cpuNanos()) / parts;
    Limit limit = Limit.atMost(most);
    return new Row(
        goal,
        what + " (" + limit + " ns)",
        cost(ours),
        other.name() + " " + cost(other),
        String.format(Locale.ROOT, "%+.1f / %+.1f ns", clock, cpu),
        verdict(limit.holds(clock) && limit.holds(cpu)));
  }

  /// A figure of ours alone.
  ///
  /// @param unit behind the figure
  /// @return the line
  public static Row figure(Goal goal, String what, double ours, String unit, Limit limit) {
    return new Row(
        goal,
        what + " (" + limit + " " + unit + ")",
        near(ours, limit) + " " + unit,
        NOTHING,
        NOTHING,
        verdict(limit.holds(ours)));
  }

  /// Of a goal nothing could be measured.
  ///
  /// @param reason why
  /// @return the line
  public static Row unmeasured(Goal goal, String reason) {
    return unmeasured(goal, WHOLE_GOAL, reason);
  }

  /// Nothing could be measured.
  ///
  /// @param reason why
  /// @return the line
  public static Row unmeasured(Goal goal, String what, String reason) {
    return new Row(goal, what, NOTHING, NOTHING, NOTHING, "not measured: " + reason);
  }

  /// Whether it stands for all lines of a goal.
  boolean isOfWholeGoal() {
    return what.equals(WHOLE_GOAL);
  }

  /// Whether there are figures.
  boolean isMeasured() {
    return isMet() || verdict.equals(verdict(false));
  }

  /// Whether the goal was reached.
  boolean isMet() {
    return verdict.equals(verdict(true));
  }

  /// The case without what is aimed at.
  String name() {
    return what.replaceFirst(" \\([≥≤] [^()]*\\)$", "");
  }

  private static String verdict(boolean isMet) {
    return isMet ? "met" : "not met";
  }

  /// A cost by the clock and by processor time.
  static String cost(Cost cost) {
    return number(cost.nanos()) + " / " + number(cost.cpuNanos()) + " ns";
  }

  /// A number as tables show it: three digits or more.
  ///
  /// @param value any
  /// @return text
  public static String number(double value) {
    double size = Math.abs(value);
    String format = size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : "%.2f";
    return String.format(Locale.ROOT, format, value);
  }

  /// The same with so many digits that one sees on which side of a limit it is.
  private static String near(double value, Limit limit) {
    String text = number(value);
    for (int digits = 3; digits < 6 && isMisleading(text, value, limit); digits++) {
      text = String.format(Locale.ROOT, "%." + digits + "f", value);
    }
    return text;
  }

  private static boolean isMisleading(String text, double value, Limit limit) {
    return !limit.holds(value) && limit.holds(Double.parseDouble(text));
  }

  /// The line as Markdown.
  ///
  /// @return `| G1 | … |`
  @Override
  public String toString() {
    return "| %s | %s | %s | %s | %s | %s |"
        .formatted(goal, cell(what), cell(ours), cell(other), cell(ratio), cell(verdict));
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replace("\n", " ");
  }
}
