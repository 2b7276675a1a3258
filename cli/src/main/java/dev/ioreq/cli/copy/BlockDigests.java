package dev.ioreq.cli.copy;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/// What the verification compares with: a digest of every block of the source, in bounded memory.
/// Blocks may be added in any order from any thread.
final class BlockDigests {
  /*
   *   block 0   block 1   block 2   block 3  …          (here: two blocks share an entry)
   *   └──── entry 0 ────┘ └──── entry 1 ────┘
   *
   *   entry = sum over its blocks of mix(block number, length, CRC-32C and CRC-32 of its bytes)
   *
   * The source is read once, so what was read has to be remembered in some form. Two different CRCs make 64 bits, and
   * find every burst of up to 32 wrong bits and any other damage with a chance of 2^-64 to be missed; they are meant for
   * hardware that errs, not for an adversary. They are computed by the processor's own instructions, where a
   * cryptographic digest would cost more than the copy.
   *
   * There are at most 2^20 entries (8 MiB): a source of more blocks shares them among neighbours, and a difference is then
   * reported for all of them. The sum does not depend on the order in which blocks complete. The mix is what makes
   * exchanged blocks count as different.
   */
  static final int MOST_ENTRIES = 1 << 20;

  private static final VarHandle ENTRY = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[] entries;
  private final int shift; // block >>> shift is its entry

  BlockDigests(long blocks) {
    this(blocks, MOST_ENTRIES);
  }

  BlockDigests(long blocks, int mostEntries) {
    int shift = 0;
    while (Math.ceilDiv(blocks, 1L << shift) > mostEntries) {
      shift++;
    }
    this.shift = shift;
    entries = new long[(int) Math.ceilDiv(blocks, 1L << shift)];
  }

  /// Adds a block.
  ///
  /// @param digest of [Digester#digest]
  void add(long block, long length, long digest) {
    long mixed = mix(digest + mix(block * 0x9E3779B97F4A7C15L + length));
    ENTRY.getAndAdd(entries, (int) (block >>> shift), mixed);
  }

  /// A bijection, so that different digests of one block never become equal.
  private static long mix(long value) {
    long mixed = (value ^ value >>> 30) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
    return mixed ^ mixed >>> 31;
  }

  /// The blocks that share an entry.
  long blocksPerEntry() {
    return 1L << shift;
  }

  /// Compares, when nobody adds any more.
  ///
  /// @return the first block of the first entry that differs, or -1
  long firstDifference(BlockDigests other) {
    for (int i = 0; i < entries.length; i++) {
      if (entries[i] != other.entries[i]) {
        return (long) i << shift;
      }
    }
    return -1;
  }

  /// Computes the digest of one block after another; one thread at a time.
  static final class Digester {
    private final CRC32C castagnoli = new CRC32C();
    private final CRC32 ethernet = new CRC32();

    long digest(ByteBuffer block, int length) {
      castagnoli.reset();
      castagnoli.update(block.position(0).limit(length));
      ethernet.reset();
      ethernet.update(block.position(0).limit(length));
      block.clear();
      return castagnoli.getValue() << 32 | ethernet.getValue();
    }
  }
}
