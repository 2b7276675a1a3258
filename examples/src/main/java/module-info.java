/// How drivers and programs use the contract: short programs, each run by a test.
module dev.ioreq.examples {
  requires static org.jspecify;
  requires dev.ioreq;
  requires dev.ioreq.linux;
  requires dev.ioreq.portable;
}
