package dev.ioreq.linux.engine;

import dev.ioreq.IoTarget;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/// How a child process gets the modules of this one.
public final class TestPaths {
  private TestPaths() {}

  /// Options of the Java runtime that put the modules on the module path, and the tests into
  /// theirs.
  public static List<String> childOptions() {
    Path classes = folderOf(RingEngine.class);
    return List.of(
        "--module-path=" + folderOf(IoTarget.class) + ":" + classes,
        "--add-modules=dev.ioreq.linux",
        "--patch-module=dev.ioreq.linux=" + folderOf(TestPaths.class),
        "--add-reads=dev.ioreq.linux=ALL-UNNAMED",
        "--enable-native-access=dev.ioreq,dev.ioreq.linux");
  }

  /// Where a class was loaded from: a folder or a jar.
  static Path folderOf(Class<?> type) {
    String name = type.getName().replace('.', '/') + ".class";
    var resource = type.getResource("/" + name);
    if (resource == null) {
      throw new AssertionError(type + " was loaded from somewhere");
    }
    String place = resource.toString();
    String root = place.substring(0, place.length() - name.length());
    return root.startsWith("jar:")
        ? Path.of(URI.create(root.substring("jar:".length(), root.indexOf("!/"))))
        : Path.of(URI.create(root));
  }
}
