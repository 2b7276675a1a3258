/// The command line: [dev.ioreq.cli.Main] is the command `ioreq`, and each of its sub-commands is a
/// class here.
///
/// Results go to standard output, messages to standard error. The exit code is 0 when the work is
/// done, 1 when I/O failed, 2 when the command line was wrong.
@NullMarked
package dev.ioreq.cli;

import org.jspecify.annotations.NullMarked;
