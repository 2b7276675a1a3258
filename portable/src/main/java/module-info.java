/// The portable engine: the same contract over `java.nio`, on any system.
module dev.ioreq.portable {
  requires transitive dev.ioreq;
  requires static transitive org.jspecify;
}
