package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// What a device does with targets whose close is told late: they are open again by then.
class DeviceTargetsTest {
  private final IoDevice device = IoDevice.function("device").queue(IoQueue.manual()).alone();

  @Test
  void aLateWordOfItsCloseDoesNotUntieATargetOfItsDriver() throws IoRequestException {
    IoTarget target = device.adopt(IoTarget.open("null:4096", Access.READ_WRITE));
    target.close();
    target.reopen();
    device.targets().ownClosed(target);
    device.close();
    assertThat(target.state()).isEqualTo(TargetState.CLOSED);
  }

  @Test
  void aLateWordOfItsCloseDoesNotUntieATargetThatLeadsHere() {
    IoTarget target = IoTarget.to(device);
    device.targets().closed(target);
    device.close();
    assertThat(target.state()).isEqualTo(TargetState.CLOSED);
  }
}
