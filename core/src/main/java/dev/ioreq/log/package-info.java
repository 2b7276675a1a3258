/// Where the library says what it can tell nobody else. For the modules of this project.
@NullMarked
package dev.ioreq.log;

import org.jspecify.annotations.NullMarked;
