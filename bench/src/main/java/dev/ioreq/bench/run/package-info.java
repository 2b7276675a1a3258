/// The command `bench/run`: its options, and the table it prints.
@NullMarked
package dev.ioreq.bench.run;

import org.jspecify.annotations.NullMarked;
