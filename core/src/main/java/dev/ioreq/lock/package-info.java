/// What core's parts exclude one another by.
@NullMarked
package dev.ioreq.lock;

import org.jspecify.annotations.NullMarked;
