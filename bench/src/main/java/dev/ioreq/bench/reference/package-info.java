/// The same work in C: compiled by gcc when a measurement starts, called through
/// `java.lang.foreign`.
@NullMarked
package dev.ioreq.bench.reference;

import org.jspecify.annotations.NullMarked;
