/// Targets that need no operating system: `memory:`, `null:` and `pattern:`. They complete in the
/// sender's thread.
@NullMarked
package dev.ioreq.builtin;

import org.jspecify.annotations.NullMarked;
