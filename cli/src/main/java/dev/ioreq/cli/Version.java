package dev.ioreq.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/// What `--version` prints: the version of ioreq, and the Java and system it runs on, as a bug
/// report needs them.
final class Version implements IVersionProvider {
  /// Called by picocli.
  Version() {}

  @Override
  public String[] getVersion() throws IOException {
    return new String[] {
      "ioreq " + number(),
      "Java %s, %s %s %s"
          .formatted(
              Runtime.version(),
              System.getProperty("os.name"),
              System.getProperty("os.version"),
              System.getProperty("os.arch"))
    };
  }

  /// The version of ioreq, as the build wrote it beside this class.
  static String number() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            Version.class.getResourceAsStream("version.properties"), "version.properties")) {
      var properties = new Properties();
      properties.load(in);
      return properties.getProperty("version");
    }
  }
}
