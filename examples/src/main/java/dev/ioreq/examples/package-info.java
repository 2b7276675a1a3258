/// Short programs that show how drivers and programs use the contract.
///
/// Each is one class to be read from top to bottom, has a `main` (`examples/run NAME` starts it),
/// and names the WDF sample it corresponds to. A test runs each and checks what it promises.
///
/// **Programs that send.** [dev.ioreq.examples.FirstSteps] format, register, send, on a file.
/// [dev.ioreq.examples.CancelAndTimeout] on a terminal where nobody types.
/// [dev.ioreq.examples.TerminalSize] device control as an `ioctl`. [dev.ioreq.examples.Timeouts]
/// and [dev.ioreq.examples.SendOptionMatrix] print what each combination does.
///
/// **Drivers that pass requests on.** [dev.ioreq.examples.LogFilter],
/// [dev.ioreq.examples.GenericFilter] and [dev.ioreq.examples.XorFilter].
///
/// **Drivers that answer requests.** [dev.ioreq.examples.RamDisk], [dev.ioreq.examples.Echo] and
/// [dev.ioreq.examples.EchoOwnLock].
///
/// **Drivers that make several sends of one request.** [dev.ioreq.examples.StagedTransfers] one
/// after another to one target, [dev.ioreq.examples.OneAfterAnother] to several targets,
/// [dev.ioreq.examples.Stripe] at the same time, [dev.ioreq.examples.Mirror] with the helper that
/// does so. [dev.ioreq.examples.ReadyNotifyLoop] takes requests from a manual queue.
@NullMarked
package dev.ioreq.examples;

import org.jspecify.annotations.NullMarked;
