/// Devices over a file descriptor: what each kind promises about transfers, sizes and alignment.
@NullMarked
package dev.ioreq.linux.device;

import org.jspecify.annotations.NullMarked;
