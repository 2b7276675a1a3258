package dev.ioreq.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The lines of the README do what it says.
class ReadmeTest {
  private static final Path README = Path.of("..", "README.md");

  @TempDir private Path folder;

  @Test
  void exampleCompilesAndReadsWhatItWrote() throws Exception {
    Path image = folder.resolve("disk.img");
    assertThat(outputOf(0, image)).startsWith("SUCCESS: done, 4096 bytes");
    assertThat(Files.readString(image, StandardCharsets.US_ASCII)).startsWith("hello");
  }

  @Test
  void filterCompilesAndSeesTheWrite() throws Exception {
    Path image = folder.resolve("disk.img");
    assertThat(outputOf(1, image)).startsWith("wrote 4096: SUCCESS");
    assertThat(image).hasSize(4096);
  }

  private String outputOf(int block, Path image) throws Exception {
    Matcher code =
        Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(README));
    for (int i = 0; i <= block; i++) {
      assertThat(code.find()).isTrue();
    }
    Path source = folder.resolve("Example.java");
    Files.writeString(
        source,
        """
        import static java.nio.charset.StandardCharsets.US_ASCII;
        import dev.ioreq.*;
        import java.time.Duration;
        import java.util.concurrent.CountDownLatch;
        public class Example {
          public static void run() throws Exception {
        """
            + code.group(1).replace("\"disk.img\"", "\"" + image + "\"")
            + "\n}\n}\n");
    List<String> options =
        List.of("-d", folder.toString(), "-cp", System.getProperty("java.class.path"));
    var compiler = ToolProvider.getSystemJavaCompiler();
    try (var files = compiler.getStandardFileManager(null, null, null)) {
      assertThat(
              compiler
                  .getTask(null, files, null, options, null, files.getJavaFileObjects(source))
                  .call())
          .isTrue();
    }
    return outputOf(image);
  }

  private String outputOf(Path image) throws Exception {
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
      loader.loadClass("Example").getMethod("run").invoke(null);
    } finally {
      System.setOut(before);
    }
    assertThat(image).exists();
    return printed.toString(StandardCharsets.UTF_8);
  }
}
