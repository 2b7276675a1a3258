/// Runs each example and checks what it promises.
@NullMarked
package dev.ioreq.examples;

import org.jspecify.annotations.NullMarked;
