package dev.ioreq.linux.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ioreq.linux.abi.IoUring;
import org.junit.jupiter.api.Test;

class RingConfigTest {
  @Test
  void completionsHaveFourTimesTheRoomOfSubmissions() {
    RingConfig config = RingConfig.defaults();
    assertThat(config.cqEntries()).isEqualTo(4 * config.sqEntries());
    assertThat(config.withSqEntries(32).cqEntries()).isEqualTo(128);
    assertThat(config.withSqEntries(32).withCqEntries(64).cqEntries()).isEqualTo(64);
  }

  @Test
  void aRingWithoutEntriesIsMisuse() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RingConfig.defaults().withSqEntries(0))
        .withMessageContaining("sqEntries is 0");
  }

  @Test
  void lessRoomForCompletionsThanForSubmissionsIsMisuse() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RingConfig.defaults().withCqEntries(255))
        .withMessage("cqEntries is 255, less than sqEntries, which is 256");
  }

  @Test
  void flagsThatMakeAnotherKindOfRingAreMisuse() {
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            RingConfig.defaults()
                .withSetupFlags(IoUring.IORING_SETUP_SQPOLL | IoUring.IORING_SETUP_CLAMP))
        .withMessageContaining("0x2");
  }
}
