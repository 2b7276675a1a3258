/// Those that do the same reads: ours, what the JDK has, other libraries, and C. One small class
/// each, behind [dev.ioreq.bench.rivals.Rival]; [dev.ioreq.bench.rivals.Child] runs one of them in
/// a process of its own.
///
/// The libraries are pinned in the module's `pom.xml`: Netty's raw io_uring operations (Apache-2.0)
/// and jasyncfio (Apache-2.0). nio_uring (MIT) is not among them: its reads have no offset, so that
/// it cannot do this work.
@NullMarked
package dev.ioreq.bench.rivals;

import org.jspecify.annotations.NullMarked;
