package dev.ioreq.cli.copy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BlockDigestsTest {
  private static final int BLOCKS = 100;
  private static final int LENGTH = 64;

  private final ByteBuffer bytes = ByteBuffer.allocate(BLOCKS * LENGTH);

  BlockDigestsTest() {
    new Random(1).nextBytes(bytes.array());
  }

  private BlockDigests digests(int mostEntries, boolean isReversed) {
    BlockDigests digests = new BlockDigests(BLOCKS, mostEntries);
    BlockDigests.Digester digester = new BlockDigests.Digester();
    for (int i = 0; i < BLOCKS; i++) {
      int block = isReversed ? BLOCKS - 1 - i : i;
      ByteBuffer one = bytes.slice(block * LENGTH, LENGTH);
      digests.add(block, LENGTH, digester.digest(one, LENGTH));
    }
    return digests;
  }

  @Test
  void orderDoesNotMatter() {
    assertThat(digests(1000, false).firstDifference(digests(1000, true))).isEqualTo(-1);
    assertThat(digests(10, false).firstDifference(digests(10, true))).isEqualTo(-1);
  }

  @Test
  void everyChangedByteIsFound() {
    BlockDigests expected = digests(1000, false);
    for (int at = 0; at < BLOCKS * LENGTH; at += 37) {
      bytes.put(at, (byte) (bytes.get(at) ^ 4));
      assertThat(expected.firstDifference(digests(1000, false))).isEqualTo(at / LENGTH);
      bytes.put(at, (byte) (bytes.get(at) ^ 4));
    }
  }

  @Test
  void sharedEntriesNameTheirFirstBlock() {
    BlockDigests expected = digests(10, false);
    assertThat(expected.blocksPerEntry()).isEqualTo(16);

    bytes.put(50 * LENGTH, (byte) ~bytes.get(50 * LENGTH));

    assertThat(expected.firstDifference(digests(10, false))).isEqualTo(48);
  }

  @Test
  void exchangedBlocksAreFound() {
    BlockDigests expected = digests(10, false);
    byte[] all = bytes.array();
    for (int i = 0; i < LENGTH; i++) {
      byte first = all[i];
      all[i] = all[LENGTH + i];
      all[LENGTH + i] = first;
    }

    assertThat(expected.firstDifference(digests(10, false))).isZero();
  }
}
