/// Asynchronous I/O requests: requests, targets, memory, and what an engine implements to carry
/// them out.
@SuppressWarnings("module") // the engines are built after this one
module dev.ioreq {
  requires jdk.jfr;
  requires static transitive org.jspecify;

  exports dev.ioreq;
  exports dev.ioreq.several;
  exports dev.ioreq.log to
      dev.ioreq.cli,
      dev.ioreq.linux,
      dev.ioreq.portable;

  uses dev.ioreq.DeviceProvider;

  provides dev.ioreq.DeviceProvider with
      dev.ioreq.builtin.MemoryProvider,
      dev.ioreq.builtin.NullProvider,
      dev.ioreq.builtin.PatternProvider,
      dev.ioreq.builtin.StackProvider;
}
