/// What happened lately, for whoever looks for a fault: the in-flight recorder, a ring of the last
/// events of one target or device, written on the hot path without a lock; and the events of the
/// JDK's own flight recorder, which cost nothing until a recording asks for them.
///
/// The package knows numbers only; [dev.ioreq.trace.TraceNames] turns them into words.
@NullMarked
package dev.ioreq.trace;

import org.jspecify.annotations.NullMarked;
