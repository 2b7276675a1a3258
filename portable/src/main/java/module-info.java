/// The portable engine: the same contract over `java.nio`, on any system.
module dev.ioreq.portable {
  requires jdk.unsupported; // ExtendedOpenOption.DIRECT
  requires transitive dev.ioreq;
  requires static transitive org.jspecify;

  provides dev.ioreq.DeviceProvider with
      dev.ioreq.portable.PortableProvider;
}
