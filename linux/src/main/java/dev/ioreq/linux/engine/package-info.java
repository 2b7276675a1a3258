/// The ring engine: one thread that owns a ring, takes packets from any thread, and completes them.
@NullMarked
package dev.ioreq.linux.engine;

import org.jspecify.annotations.NullMarked;
