/// Asynchronous I/O requests: format, register a completion routine, send.
///
/// **The tour.** An [dev.ioreq.IoTarget] is where requests go: a file, a device, anything that a
/// name opens. An [dev.ioreq.IoMemory] holds the bytes. An [dev.ioreq.IoRequest] is one operation:
/// the target *formats* it (read, write, device control, internal device control), a
/// [dev.ioreq.CompletionRoutine] is registered with it, and it is *sent*, with
/// [dev.ioreq.SendOptions] where something beside the usual is wanted. It ends with an
/// [dev.ioreq.IoStatus] and a number, its information. [dev.ioreq.ControlCode] names the operations
/// of device control. All of them are [dev.ioreq.IoObject]s: they carry contexts of a
/// [dev.ioreq.ContextType], may be children of one another, and say when they end.
///
/// What takes more than one send is in [dev.ioreq.several]: a transfer split over several requests
/// or targets, a long one in stages, reads without end.
///
/// Below the public face: a request travels as a [dev.ioreq.Packet] with one [dev.ioreq.Frame] per
/// layer to a [dev.ioreq.Device], which an engine supplies through a [dev.ioreq.DeviceProvider].
/// `CompletionCounter` decides who ends a send, `TargetGate` what a target's state lets through,
/// `Nesting` how deep completion routines may run inside one another.
///
/// Beside all of this the [dev.ioreq.Verifier] checks the contract while a program runs, and each
/// target and device keeps a history of its last events for its reports.
///
/// ## Memory visibility
///
/// What a thread did before it sent a request *happens-before* the device sees the packet. What the
/// device did with the packet, the transferred bytes included, *happens-before* the completion
/// routine is entered, before a synchronous send returns, and before any call of `status()` that
/// sees the send ended.
@NullMarked
package dev.ioreq;

import org.jspecify.annotations.NullMarked;
