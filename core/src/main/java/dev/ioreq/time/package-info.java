/// Timeouts: a timing wheel and the thread that turns it.
@NullMarked
package dev.ioreq.time;

import org.jspecify.annotations.NullMarked;
