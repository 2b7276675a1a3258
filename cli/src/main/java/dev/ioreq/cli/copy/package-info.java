/// The copy engine: one source, any number of destinations, and as many blocks in flight as asked
/// for.
///
/// [dev.ioreq.cli.copy.CopyPlan] opens everything and refuses what would destroy data or cannot
/// work, before anything is touched. [dev.ioreq.cli.copy.CopyRun] carries the plan out in passes:
/// the copy, the flush, the verification; and says in a [dev.ioreq.cli.copy.CopyReport] how far
/// each destination came.
///
/// A pass is a number of slots. Each has one block of memory and its own requests, and works on one
/// block after another by completion routines alone; its drawing stands in the class `Slot`.
@NullMarked
package dev.ioreq.cli.copy;

import org.jspecify.annotations.NullMarked;
