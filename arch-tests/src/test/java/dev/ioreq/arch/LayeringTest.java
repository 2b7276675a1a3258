package dev.ioreq.arch;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import org.junit.jupiter.api.Test;

/// The arrows between the rooms run one way.
class LayeringTest {
  private static final String[] OTHER_ROOMS = {
    "dev.ioreq.linux..",
    "dev.ioreq.portable..",
    "dev.ioreq.testkit..",
    "dev.ioreq.cli..",
    "dev.ioreq.examples.."
  };

  private static final DescribedPredicate<JavaClass> CORE =
      resideInAPackage("dev.ioreq..").and(not(resideInAnyPackage(OTHER_ROOMS))).as("core");

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.ioreq");

  @Test
  void everyRoomIsSeen() {
    assertThat(CLASSES.stream().filter(CORE)).isNotEmpty();
    for (String room : OTHER_ROOMS) {
      assertThat(CLASSES.stream().filter(resideInAPackage(room))).as(room).isNotEmpty();
    }
  }

  @Test
  void roomsUseOnlyWhatLiesBelow() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("core")
        .definedBy(CORE)
        .layer("linux")
        .definedBy("dev.ioreq.linux..")
        .layer("portable")
        .definedBy("dev.ioreq.portable..")
        .layer("testkit")
        .definedBy("dev.ioreq.testkit..")
        .layer("cli")
        .definedBy("dev.ioreq.cli..")
        .layer("examples")
        .definedBy("dev.ioreq.examples..")
        .whereLayer("core")
        .mayNotAccessAnyLayer()
        .whereLayer("linux")
        .mayOnlyAccessLayers("core")
        .whereLayer("portable")
        .mayOnlyAccessLayers("core")
        .whereLayer("testkit")
        .mayOnlyAccessLayers("core")
        .whereLayer("testkit")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("cli")
        .mayOnlyAccessLayers("linux", "portable", "core")
        .whereLayer("examples")
        .mayOnlyAccessLayers("linux", "core")
        .whereLayer("examples")
        .mayNotBeAccessedByAnyLayer()
        .check(CLASSES);
  }

  @Test
  void coreNeedsTheJdkAndNothingElse() {
    classes()
        .that(CORE)
        .should()
        .onlyDependOnClassesThat(
            CORE.or(resideInAnyPackage("java..", "jdk.jfr..", "org.jspecify..")))
        .check(CLASSES);
  }

  @Test
  void productionNeedsNoTestLibrary() {
    noClasses()
        .that(not(resideInAPackage("dev.ioreq.testkit..")))
        .should()
        .dependOnClassesThat(resideInAnyPackage("org.junit..", "org.assertj.."))
        .check(CLASSES);
  }

  @Test
  void packagesAreFreeOfCycles() {
    slices().assignedFrom(new EachPackage()).should().beFreeOfCycles().check(CLASSES);
  }

  /// Each package on its own, the root package included, which the usual patterns leave out.
  private static final class EachPackage implements SliceAssignment {
    @Override
    public SliceIdentifier getIdentifierOf(JavaClass type) {
      return SliceIdentifier.of(type.getPackageName());
    }

    @Override
    public String getDescription() {
      return "each package";
    }
  }
}
