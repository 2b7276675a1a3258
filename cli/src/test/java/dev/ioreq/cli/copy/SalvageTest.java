package dev.ioreq.cli.copy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SalvageTest {
  @Test
  void failuresHalveDownToTheUnitAndSuccessesDouble() {
    Salvage salvage = new Salvage(512);

    assertThat(salvage.failed(4096)).isTrue();
    assertThat(salvage.piece(4096)).isEqualTo(2048);
    assertThat(salvage.failed(2048)).isTrue();
    assertThat(salvage.failed(1024)).isTrue();
    assertThat(salvage.piece(4096)).isEqualTo(512);
    assertThat(salvage.isSmallest(512)).isTrue();
    assertThat(salvage.failed(512)).isFalse();
    salvage.succeeded();
    assertThat(salvage.piece(4096)).isEqualTo(1024);
    assertThat(salvage.piece(100)).isEqualTo(100);
  }

  @Test
  void blockSmallerThanTheUnitIsLostAtOnce() {
    assertThat(new Salvage(512).failed(100)).isFalse();
  }
}
