/// What core's threads agree by: a lock, and handles of the fields they share.
@NullMarked
package dev.ioreq.lock;

import org.jspecify.annotations.NullMarked;
