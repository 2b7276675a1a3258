/// How the cost of a request grows: with layers, requests in flight, open targets, sending threads
/// and size; drawn as SVG.
@NullMarked
package dev.ioreq.bench.curves;

import org.jspecify.annotations.NullMarked;
