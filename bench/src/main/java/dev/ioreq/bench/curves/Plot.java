package dev.ioreq.bench.curves;

import java.awt.Color;
import java.awt.Graphics2D;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.batik.svggen.SVGGeneratorContext;
import org.apache.batik.svggen.SVGGraphics2D;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.w3c.dom.Document;

/// Draws a curve into an SVG file, without a screen.
final class Plot {
  private static final int WIDTH = 760;
  private static final int HEIGHT = 420;
  private static final String SVG = "http://www.w3.org/2000/svg";

  private Plot() {}

  static void write(Curve curve, Path file) throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(curve.title())
            .xAxisTitle(curve.axis())
            .yAxisTitle("ns for a request: processor time, or as said")
            .build();
    chart
        .getStyler()
        .setXAxisLogarithmic(isWide(curve))
        .setYAxisLogarithmic(curve.isSteep())
        .setLegendPosition(LegendPosition.OutsideS)
        .setChartBackgroundColor(Color.WHITE);
    if (!curve.isSteep()) {
      chart.getStyler().setYAxisMin(0.0);
    }
    for (Curve.Line line : curve.lines()) {
      List<Double> xs = line.points().stream().map(Curve.Point::x).toList();
      List<Double> ys = line.points().stream().map(Curve.Point::nanos).toList();
      chart.addSeries(line.label(), xs, ys);
    }
    Files.createDirectories(file.toAbsolutePath().getParent());
    SVGGeneratorContext context = SVGGeneratorContext.createDefault(document());
    context.setPrecision(1);
    SVGGraphics2D graphics = new SVGGraphics2D(context, false);
    paint(chart, graphics);
    try (Writer writer = Files.newBufferedWriter(file)) {
      graphics.stream(writer, false);
    }
  }

  private static void paint(XYChart chart, Graphics2D graphics) {
    chart.paint(graphics, WIDTH, HEIGHT);
  }

  /// Zero has no logarithm.
  private static boolean isWide(Curve curve) {
    return curve.lines().stream()
        .flatMap(line -> line.points().stream())
        .allMatch(point -> point.x() > 0);
  }

  private static Document document() throws IOException {
    try {
      return DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .getDOMImplementation()
          .createDocument(SVG, "svg", null);
    } catch (ParserConfigurationException e) {
      throw new IOException(e);
    }
  }
}
