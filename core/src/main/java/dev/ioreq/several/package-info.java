/// What takes more than one send: a transfer split over several requests, a long one in stages, and
/// reads without end.
///
/// **The tour.** All three stand on the public face of `dev.ioreq`, for applications and drivers
/// alike, and report with one call.
///
/// | class | carries out | with | over |
/// |---|---|---|---|
/// | [dev.ioreq.several.FanOut] | one operation | several requests at the same time | windows of one memory, or several targets |
/// | [dev.ioreq.several.StagedTransfer] | one read or write of any length | one request, sent again from its own routine | a target with a maximum transfer size |
/// | [dev.ioreq.several.ContinuousReader] | a stream of reads | requests kept pending, sent again as they end | a target that gives data when it has some |
///
/// [dev.ioreq.several.EndRoutine] is told how the first two ended; [dev.ioreq.several.Gathering]
/// says how a fan-out makes one information of many. `Parties` decides who ends them, once,
/// whatever cancels race with what completions; `InlineStarts` keeps chains of starts off the
/// stack.
@NullMarked
package dev.ioreq.several;

import org.jspecify.annotations.NullMarked;
