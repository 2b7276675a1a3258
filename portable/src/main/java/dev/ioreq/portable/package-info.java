/// The portable engine: carries requests out through `java.nio`, where the ring engine is missing
/// or forbidden.
///
/// It serves the same targets with the same statuses as the ring engine, and is the reference that
/// engine is compared with: one conformance suite runs over both.
///
/// [PortableProvider] is the door. A name's path decides by what it really is: files and block
/// devices become a `FileDevice`, whose requests a bounded pool of threads (`Workers`) carries out;
/// character devices and named pipes become a `StreamDevice` with a thread (`Lane`) for each
/// direction, so that a terminal where nobody types delays no file.
///
/// What `java.nio` cannot do:
///
/// - `ioctl`, and discarding blocks: [dev.ioreq.IoStatus#NOT_SUPPORTED].
/// - Opening a block device exclusively: refused with [dev.ioreq.IoStatus#NOT_SUPPORTED].
/// - Opening a terminal with `O_NOCTTY`: where the process leads a session that has no controlling
///   terminal, the terminal becomes it.
/// - Telling error numbers: they are found by the system's messages in English. Where messages are
///   translated, what has no exception type of its own is EIO.
@NullMarked
package dev.ioreq.portable;

import org.jspecify.annotations.NullMarked;
