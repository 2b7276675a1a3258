/// Tests of the portable engine.
@NullMarked
package dev.ioreq.portable;

import org.jspecify.annotations.NullMarked;
