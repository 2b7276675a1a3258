package dev.ioreq.linux.abi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class IoctlNumberTest {
  @Test
  void readsTheFieldsOfANumber() {
    assertThat(IoctlNumber.dir(IoctlNumber.BLKGETSIZE64)).isEqualTo(IoctlNumber.READ);
    assertThat(IoctlNumber.type(IoctlNumber.BLKGETSIZE64)).isEqualTo(0x12);
    assertThat(IoctlNumber.nr(IoctlNumber.BLKGETSIZE64)).isEqualTo(114);
    assertThat(IoctlNumber.size(IoctlNumber.BLKGETSIZE64)).isEqualTo(8);
  }

  @Test
  void readsANumberThatWasAnInt() {
    long signExtended = (int) IoctlNumber.TIOCGPTN;
    assertThat(signExtended).isNegative();
    assertThat(IoctlNumber.dir(signExtended)).isEqualTo(IoctlNumber.READ);
    assertThat(IoctlNumber.size(signExtended)).isEqualTo(4);
  }

  @Test
  void makesNumbersAsTheMacrosDo() {
    assertThat(IoctlNumber.io(0x12, 119)).isEqualTo(IoctlNumber.BLKDISCARD);
    assertThat(IoctlNumber.ior('T', 0x30, 4)).isEqualTo(IoctlNumber.TIOCGPTN);
    assertThat(IoctlNumber.iow(0x94, 9, 4)).isEqualTo(IoctlNumber.FICLONE);
    assertThat(IoctlNumber.iowr('X', 119, 4)).isEqualTo(IoctlNumber.FIFREEZE);
  }

  @Test
  void refusesFieldsThatDoNotFit() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IoctlNumber.ior(0x12, 1, 16384))
        .withMessage("size of an ioctl number is 16384; it must be in 0..16383");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IoctlNumber.io(256, 1))
        .withMessageContaining("type");
  }
}
