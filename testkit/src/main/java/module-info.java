/// What the tests of every engine, target and driver share: conformance suites, and the tools they
/// are made of.
module dev.ioreq.testkit {
  requires jdk.management;
  requires transitive dev.ioreq;
  requires static transitive org.jspecify;
  requires transitive org.assertj.core;
  requires transitive org.junit.jupiter.api;

  exports dev.ioreq.testkit;
}
