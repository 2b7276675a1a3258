/// Conformance suites: abstract test classes that state the contract once.
///
/// An engine, target or driver proves that it keeps the contract by a thin subclass in its own
/// tests that says how to open one. The tools the suites are made of (a lower device completed by
/// hand, a clock moved by hand, faults, leak tracking) are here too, for tests of their own.
/// Production code never depends on this module.
@NullMarked
package dev.ioreq.testkit;

import org.jspecify.annotations.NullMarked;
