/// Control codes of Linux: what `ioctl` takes, ready for device control.
@NullMarked
package dev.ioreq.linux.control;

import org.jspecify.annotations.NullMarked;
