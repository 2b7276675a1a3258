/// Measuring on a machine that others use: slices that alternate, processes that take turns, and
/// the arithmetic on what they print.
@NullMarked
package dev.ioreq.bench.measure;

import org.jspecify.annotations.NullMarked;
