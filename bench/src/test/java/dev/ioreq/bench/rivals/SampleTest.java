package dev.ioreq.bench.rivals;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ioreq.bench.measure.Unmeasurable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SampleTest {
  @Test
  void aLineOfAChildIsASample() {
    Sample sample = Sample.parse("1000 2000000 500000 100 2");
    assertThat(sample.cpuPerRequest()).isEqualTo(500);
    assertThat(sample.perSecond()).isEqualTo(500_000);
    assertThat(sample.bytesPerRequest()).isEqualTo(0.1);
    assertThat(sample.ioThreads()).isEqualTo(2);
  }

  @Test
  void anotherLineIsRefused() {
    assertThatThrownBy(() -> Sample.parse("1000 2000000"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void fioTellsItsProcessorTimeInPercent() throws Unmeasurable {
    String json =
        """
        "read" : { "total_ios" : 1000, "runtime" : 99 }, "write" : { "total_ios" : 0 },
        "job_runtime" : 100, "usr_cpu" : 20.5, "sys_cpu" : 29.5
        """;
    Sample sample = Fio.parse(json);
    assertThat(sample.cpuPerRequest()).isEqualTo(50_000);
    assertThat(sample.perSecond()).isEqualTo(10_000);
  }

  @Test
  void whatFioDoesNotTellIsNamed() {
    assertThatThrownBy(() -> Fio.parse("\"job_runtime\" : 100"))
        .isInstanceOf(Unmeasurable.class)
        .hasMessageContaining("total_ios");
  }

  @Test
  void everyBlockHasItsTurn() {
    ReadWork work = new ReadWork(Path.of("f"), 4096, 64, 1, false);
    Set<Long> offsets = new HashSet<>();
    for (long number = 0; number < 64; number++) {
      offsets.add(work.offset(number));
    }
    assertThat(offsets).hasSize(64).allMatch(offset -> offset % 4096 == 0 && offset < 64 * 4096);
  }

  @Test
  void aBlockFromElsewhereIsSeen() {
    ByteBuffer block = ByteBuffer.allocate(1024).order(ByteOrder.nativeOrder());
    block.putLong(0, TestFile.tag(8192));
    block.putLong(512, TestFile.tag(8704));
    TestFile.check(block, 8192);
    assertThatThrownBy(() -> TestFile.check(block, 4096))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("wrong bytes at offset 4096");
  }
}
