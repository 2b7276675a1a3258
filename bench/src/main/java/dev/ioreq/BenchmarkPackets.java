package dev.ioreq;

/// Makes packets for the benchmarks of engines: programs get theirs from a request.
public final class BenchmarkPackets {
  private BenchmarkPackets() {}

  /// A packet of a request that is sent nowhere.
  ///
  /// @return a packet of one frame
  public static Packet create() {
    return new Packet(IoRequest.create(), 1);
  }
}
