/// io_uring as the kernel shares it with a process: two queues in mapped memory, and the call that
/// moves entries.
///
/// [Ring#tryOpen][dev.ioreq.linux.ring.Ring#tryOpen] makes a [Ring][dev.ioreq.linux.ring.Ring] or
/// says why it cannot be. Its owner writes entries into the
/// [SubmissionQueue][dev.ioreq.linux.ring.SubmissionQueue], puts them before the kernel with
/// [Ring#enter][dev.ioreq.linux.ring.Ring#enter(int,int,int)] and takes completions from the
/// [CompletionQueue][dev.ioreq.linux.ring.CompletionQueue]:
///
/// ```java
/// SubmissionQueue submissions = ring.submissionQueue();
/// CompletionQueue completions = ring.completionQueue();
/// submissions.prepareRead(0, fd, 0, address, 4096, 0, 17);
/// ring.enter(submissions.flush(), 1, IORING_ENTER_GETEVENTS);
/// while (!completions.isEmpty()) {
///   long userData = completions.userData();
///   int result = completions.result();
///   completions.advance();
///   …
/// }
/// ```
///
/// **Threading.** No class here has a thread or a lock. A ring belongs to the thread that opened
/// it; every method asserts that, unless it says otherwise. When that thread exits, the kernel ends
/// what is in flight with `ECANCELED`, so the owner must live as long as the ring.
///
/// **Memory.** The kernel reads and writes the memory an entry names until that entry's completion
/// is there, and no object here keeps it alive.
@NullMarked
package dev.ioreq.linux.ring;

import org.jspecify.annotations.NullMarked;
