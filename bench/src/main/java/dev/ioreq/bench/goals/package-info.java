/// What each goal measures: the single-process ones in slices, the others in rounds of processes.
@NullMarked
package dev.ioreq.bench.goals;

import org.jspecify.annotations.NullMarked;
