/// Asynchronous I/O requests: requests, targets, memory, and what an engine implements to carry
/// them out.
module dev.ioreq {
  requires jdk.jfr;
  requires static transitive org.jspecify;

  exports dev.ioreq;
  exports dev.ioreq.several;

  uses dev.ioreq.DeviceProvider;

  provides dev.ioreq.DeviceProvider with
      dev.ioreq.builtin.MemoryProvider,
      dev.ioreq.builtin.NullProvider,
      dev.ioreq.builtin.PatternProvider,
      dev.ioreq.builtin.StackProvider;
}
