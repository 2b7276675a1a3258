import java.io.IOException;
import java.lang.classfile.Annotation;
import java.lang.classfile.AnnotationElement;
import java.lang.classfile.AnnotationValue;
import java.lang.classfile.AttributedElement;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.reflect.AccessFlag;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// Finds the tests that name statements, in the compiled classes of all modules: methods with a
/// display name, own or inherited, and races with a description.
///
/// The classes and not the reports say which tests there are: so the catalogue is the same on a
/// machine where some are skipped, and a test that never runs is found.
final class TestCatalogue {
  private static final Set<String> TESTS =
      Set.of(
          "Lorg/junit/jupiter/api/Test;",
          "Lorg/junit/jupiter/api/RepeatedTest;",
          "Lorg/junit/jupiter/api/TestFactory;",
          "Lorg/junit/jupiter/api/TestTemplate;",
          "Lorg/junit/jupiter/params/ParameterizedTest;");
  private static final String DISPLAY_NAME = "Lorg/junit/jupiter/api/DisplayName;";
  private static final String NESTED = "Lorg/junit/jupiter/api/Nested;";
  private static final String RACE = "Lorg/openjdk/jcstress/annotations/JCStressTest;";
  private static final String DESCRIPTION = "Lorg/openjdk/jcstress/annotations/Description;";

  private record Found(String module, ClassModel model) {}

  private final Map<String, Found> mainClasses = new HashMap<>(); // by internal name
  private final Map<String, NamedTest> tests = new LinkedHashMap<>(); // by module, class, method

  private TestCatalogue() {}

  /// Reads the classes of all modules.
  ///
  /// @param modules their folders, in the order of the build
  /// @return the tests that name at least one statement
  static Collection<NamedTest> read(List<Path> modules) throws IOException {
    TestCatalogue catalogue = new TestCatalogue();
    for (Path module : modules) {
      for (ClassModel model : classesIn(module.resolve("target/classes"))) {
        String name = module.getFileName().toString();
        catalogue.mainClasses.put(model.thisClass().asInternalName(), new Found(name, model));
        catalogue.addRace(name, model);
      }
    }
    for (Path module : modules) {
      catalogue.addTestClasses(module);
    }
    return catalogue.tests.values();
  }

  private static List<ClassModel> classesIn(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      List<ClassModel> models = new ArrayList<>();
      for (Path file : files.filter(path -> path.toString().endsWith(".class")).sorted().toList()) {
        models.add(ClassFile.of().parse(file));
      }
      return models;
    }
  }

  private void addRace(String module, ClassModel model) {
    if (has(model, RACE)) {
      Set<String> ids = NamedTest.idsIn(text(model, DESCRIPTION).orElse(""));
      if (!ids.isEmpty()) {
        String name = nameOf(model);
        tests.put(
            module + ":" + name,
            new NamedTest(module, name, "", List.copyOf(ids), Set.of(module + ":" + name)));
      }
    }
  }

  private void addTestClasses(Path folder) throws IOException {
    String module = folder.getFileName().toString();
    Map<String, Found> own = new LinkedHashMap<>();
    for (ClassModel model : classesIn(folder.resolve("target/test-classes"))) {
      if (Files.exists(folder.resolve("src/test/java").resolve(sourceOf(model)))) {
        own.put(model.thisClass().asInternalName(), new Found(module, model));
      } // else it was left behind by a source that is gone
    }
    for (Found found : own.values()) {
      boolean isTopLevel = !found.model().thisClass().asInternalName().contains("$");
      if (!found.model().flags().has(AccessFlag.ABSTRACT)
          && (isTopLevel || has(found.model(), NESTED))) {
        addTests(found, own, module + ":" + nameOf(found.model()), new HashSet<>());
      }
    }
  }

  /// Adds what one test class runs: its own methods first, as they hide inherited ones.
  private void addTests(Found found, Map<String, Found> own, String runner, Set<String> seen) {
    for (MethodModel method : found.model().methods()) {
      String name = method.methodName().stringValue();
      if (seen.add(name + method.methodType().stringValue())
          && TESTS.stream().anyMatch(test -> has(method, test))) {
        Set<String> ids = NamedTest.idsIn(text(method, DISPLAY_NAME).orElse(""));
        if (!ids.isEmpty()) {
          String className = nameOf(found.model());
          tests
              .computeIfAbsent(
                  found.module() + ":" + className + "." + name,
                  _ ->
                      new NamedTest(
                          found.module(), className, name, List.copyOf(ids), new TreeSet<>()))
              .runners()
              .add(runner);
        }
      }
    }
    List<ClassEntry> above = new ArrayList<>();
    found.model().superclass().ifPresent(above::add);
    above.addAll(found.model().interfaces());
    for (ClassEntry entry : above) {
      Found next =
          own.getOrDefault(entry.asInternalName(), mainClasses.get(entry.asInternalName()));
      if (next != null) {
        addTests(next, own, runner, seen);
      }
    }
  }

  private static String nameOf(ClassModel model) {
    return model.thisClass().asInternalName().replace('/', '.');
  }

  private static String sourceOf(ClassModel model) {
    return model.thisClass().asInternalName().replaceFirst("\\$.*", "") + ".java";
  }

  private static boolean has(AttributedElement element, String annotation) {
    return annotation(element, annotation).isPresent();
  }

  private static Optional<String> text(AttributedElement element, String annotation) {
    return annotation(element, annotation).stream()
        .flatMap(found -> found.elements().stream())
        .map(AnnotationElement::value)
        .filter(AnnotationValue.OfString.class::isInstance)
        .map(value -> ((AnnotationValue.OfString) value).stringValue())
        .findFirst();
  }

  private static Optional<Annotation> annotation(AttributedElement element, String descriptor) {
    return element.findAttribute(Attributes.runtimeVisibleAnnotations()).stream()
        .flatMap(attribute -> attribute.annotations().stream())
        .filter(annotation -> annotation.className().equalsString(descriptor))
        .findFirst();
  }
}
