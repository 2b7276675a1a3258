import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.constant.ClassDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// A step of the build: copies a jar and gives its old classes the class file format of the running
/// JDK.
///
/// An ahead-of-time cache takes no classes older than format 50 (Java 6), because those carry no
/// stack maps. The command line parser is published in format 49, and every start of `ioreq` spent
/// about 50 ms on loading and verifying it. This step generates the stack maps; the code itself
/// stays as it is. What it wrote is verified, and a class that does not verify fails the build.
///
/// `java UpgradeClasses.java from.jar to.jar`: the target appears only when it is complete.
final class UpgradeClasses {
  private static final int FIRST_WITH_STACK_MAPS = 50;

  private UpgradeClasses() {}

  public static void main(String[] args) throws IOException {
    Path from = Path.of(args[0]);
    Path to = Path.of(args[1]);
    Path unfinished = Path.of(args[1] + ".unfinished");
    try (JarFile jar = new JarFile(from.toFile());
        OutputStream out = Files.newOutputStream(unfinished);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      ClassFile classFile =
          ClassFile.of(
              ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
              ClassFile.ClassHierarchyResolverOption.of(
                  ClassHierarchyResolver.ofResourceParsing(type -> open(jar, type))
                      .orElse(ClassHierarchyResolver.defaultResolver())));
      for (ZipEntry entry : Collections.list(jar.entries())) {
        byte[] bytes;
        try (InputStream in = jar.getInputStream(entry)) {
          bytes = in.readAllBytes();
        }
        ZipEntry copy = new ZipEntry(entry.getName());
        copy.setTime(entry.getTime());
        zip.putNextEntry(copy);
        zip.write(entry.getName().endsWith(".class") ? upgrade(classFile, bytes) : bytes);
        zip.closeEntry();
      }
    }
    Files.move(unfinished, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static byte[] upgrade(ClassFile classFile, byte[] bytes) {
    ClassModel old = classFile.parse(bytes);
    if (old.majorVersion() >= FIRST_WITH_STACK_MAPS) {
      return bytes;
    }
    ClassTransform version =
        (builder, element) -> {
          if (element instanceof ClassFileVersion) {
            builder.withVersion(ClassFile.latestMajorVersion(), 0);
          } else {
            builder.with(element);
          }
        };
    // Handing each instruction on one by one makes the code be written anew, with stack maps.
    byte[] upgraded =
        classFile.transformClass(
            old,
            version.andThen(ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL)));
    for (VerifyError error : classFile.verify(upgraded)) {
      throw new IllegalStateException("cannot upgrade " + old.thisClass().asInternalName(), error);
    }
    return upgraded;
  }

  private static InputStream open(JarFile jar, ClassDesc type) {
    String descriptor = type.descriptorString();
    ZipEntry entry = jar.getEntry(descriptor.substring(1, descriptor.length() - 1) + ".class");
    try {
      return entry == null ? null : jar.getInputStream(entry);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
