/// Files, block devices and character devices of Linux as targets, carried out by io_uring.
///
/// **The tour, from the top.** [dev.ioreq.linux.RingProvider] opens names, `control` names control
/// codes, `device` knows what a file, a block device or a character device promises; `engine` owns
/// the ring and the thread it belongs to; `ring` has the queues as the kernel shares them; `abi`
/// the system calls and their numbers. Each of them knows only those after it.
@NullMarked
package dev.ioreq.linux;

import org.jspecify.annotations.NullMarked;
