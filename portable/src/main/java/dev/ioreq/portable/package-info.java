/// The portable engine: carries requests out through `java.nio`, where the ring engine is missing
/// or forbidden.
///
/// It serves the same targets with the same statuses as the ring engine, and is the reference that
/// engine is compared with: one conformance suite runs over both.
@NullMarked
package dev.ioreq.portable;

import org.jspecify.annotations.NullMarked;
