package dev.ioreq.linux.abi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ErrnoTest {
  @Test
  void everyConstantHasItsNameInTheTable() {
    Map<String, Long> constants = KernelHeaders.constantsOf(Errno.class);
    constants.keySet().removeAll(Set.of("LAST", "EWOULDBLOCK"));
    assertThat(constants).hasSize(131);
    constants.forEach((name, value) -> assertThat(Errno.name(value.intValue())).isEqualTo(name));
  }

  @Test
  void describesWithNameNumberAndMeaning() {
    assertThat(Errno.describe(Errno.ENOENT)).isEqualTo("ENOENT (2): no such file or directory");
    assertThat(Errno.describe(Errno.EHWPOISON)).startsWith("EHWPOISON (133): ");
  }

  @Test
  void keepsNumbersLinuxDoesNotDefine() {
    assertThat(Errno.name(41)).isEqualTo("errno 41");
    assertThat(Errno.name(0)).isEqualTo("errno 0");
    assertThat(Errno.name(-2)).isEqualTo("errno -2");
    assertThat(Errno.describe(4095)).isEqualTo("errno 4095");
  }
}
