/// Requests carried out by the Linux kernel: io_uring and `ioctl`.
module dev.ioreq.linux {
  requires static transitive org.jspecify;
  requires transitive dev.ioreq;

  exports dev.ioreq.linux;
  exports dev.ioreq.linux.control;

  provides dev.ioreq.DeviceProvider with
      dev.ioreq.linux.RingProvider;
}
