/// Targets that need no operating system: `memory:`, `null:` and `pattern:`, which complete in the
/// sender's thread, and `device:`, the stacks of devices in Java.
@NullMarked
package dev.ioreq.builtin;

import org.jspecify.annotations.NullMarked;
