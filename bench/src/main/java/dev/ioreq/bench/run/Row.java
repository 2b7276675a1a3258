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

  /// Two figures and their ratio.
  ///
  /// @param limit what the ratio must keep
  /// @return the line
  public static Row ratio(
      Goal goal, String what, String ours, String other, double ratio, Limit limit) {
    return new Row(
        goal, what + " (" + limit + ")", ours, other, number(ratio), verdict(limit.holds(ratio)));
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
        number(clock) + " / " + number(cpu),
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
        number(ours) + " " + unit,
        NOTHING,
        NOTHING,
        verdict(limit.holds(ours)));
  }

  /// Nothing could be measured.
  ///
  /// @param reason why
  /// @return the line
  public static Row unmeasured(Goal goal, String what, String reason) {
    return new Row(goal, what, NOTHING, NOTHING, NOTHING, "not measured: " + reason);
  }

  /// Whether there are figures.
  boolean isMeasured() {
    return isMet() || verdict.equals(verdict(false));
  }

  /// Whether the goal was reached.
  boolean isMet() {
    return verdict.equals(verdict(true));
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
