package dev.ioreq.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class ConvertersTest {
  @ParameterizedTest
  @CsvSource({"4096,4096", "64KiB,65536", "1G,1073741824", "1MB,1000000", "8MiB/s,8388608"})
  void readsSizesAndRates(String text, long bytes) {
    assertThat(new SizeConverter().convert(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "KiB", "-1", "1.5G", "9999999999G", "1/s/s"})
  void refusesWhatIsNoSize(String text) {
    assertThatThrownBy(() -> new SizeConverter().convert(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageContaining("'");
  }

  @ParameterizedTest
  @CsvSource({
    "500ms,500000000",
    "2s,2000000000",
    "1.5s,1500000000",
    "1min,60000000000",
    "0s,0",
    "3us,3000"
  })
  void readsDurations(String text, long nanos) {
    assertThat(new DurationConverter().convert(text)).isEqualTo(Duration.ofNanos(nanos));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "5", "s", "-1s", "1 fortnight", "999999999999h"})
  void refusesWhatIsNoDuration(String text) {
    assertThatThrownBy(() -> new DurationConverter().convert(text))
        .isInstanceOf(TypeConversionException.class);
  }

  @Test
  void sizesAreShownExactlyWhereTheyAreWhole() {
    assertThat(Texts.size(256L << 20)).isEqualTo("256 MiB");
    assertThat(Texts.size(1536)).isEqualTo("1.50 KiB");
    assertThat(Texts.exactSize(1)).isEqualTo("1 bytes");
    assertThat(Texts.exactSize(1025)).isEqualTo("1.00 KiB (1025 bytes)");
  }
}
