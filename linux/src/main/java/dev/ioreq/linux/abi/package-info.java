/// What the kernel and libc offer, under their own names: the lowest layer, which knows nothing of
/// requests.
///
/// - System calls, by topic: [FileCalls][dev.ioreq.linux.abi.FileCalls] (open, size, holes, flush),
///   [TransferCalls][dev.ioreq.linux.abi.TransferCalls] (read and write),
///   [DescriptorCalls][dev.ioreq.linux.abi.DescriptorCalls] (`ioctl`, pipes, event descriptors,
///   `poll`), [MemoryCalls][dev.ioreq.linux.abi.MemoryCalls],
///   [ProcessCalls][dev.ioreq.linux.abi.ProcessCalls] and
///   [RingCalls][dev.ioreq.linux.abi.RingCalls] (io_uring).
/// - Numbers: [Errno][dev.ioreq.linux.abi.Errno], [IoctlNumber][dev.ioreq.linux.abi.IoctlNumber],
///   [IoUring][dev.ioreq.linux.abi.IoUring].
/// - Bytes: [Memory][dev.ioreq.linux.abi.Memory] reads and writes native memory by address,
///   [Statx][dev.ioreq.linux.abi.Statx] reads what `statx` wrote.
///
/// **A call that fails returns `-errno`**, as in the kernel itself: nothing is thrown and nothing
/// is allocated. Every call may be made from any thread. A call that blocks in the kernel blocks
/// its thread, and a virtual thread's carrier with it.
///
/// Ask [NativeAccess#problem()][dev.ioreq.linux.abi.NativeAccess#problem()] first: where it names
/// one, touch nothing else in this package but the numbers.
@NullMarked
package dev.ioreq.linux.abi;

import org.jspecify.annotations.NullMarked;
