/// Benchmarks (JMH), one class per hot path, and the tests that those paths allocate nothing.
@NullMarked
package dev.ioreq.bench;

import org.jspecify.annotations.NullMarked;
