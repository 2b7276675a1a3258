package dev.ioreq.linux.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Packet;
import dev.ioreq.testkit.ManualDevice;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BacklogTest {
  private final List<Packet> packets = new ArrayList<>();
  private final IoTarget target = new ManualDevice().atOnce(packets::add).target();
  private final List<IoRequest> requests = new ArrayList<>();
  private final Backlog backlog = new Backlog();

  @BeforeEach
  void send() {
    for (int i = 0; i < 3; i++) {
      IoRequest request = IoRequest.create(target);
      requests.add(request);
      target.formatRead(request, IoMemory.none(), 0);
      assertThat(request.send(target)).isTrue();
    }
  }

  @AfterEach
  void end() {
    packets.forEach(packet -> packet.complete(IoStatus.SUCCESS, 0));
    requests.forEach(IoRequest::close);
    target.close();
  }

  @Test
  void nobodyWaitsWhereNobodyWasRefused() {
    assertThat(backlog.isToWait(Integer.MAX_VALUE)).isFalse();
    assertThat(backlog.ended()).isFalse();
    assertThat(backlog.next(0)).isNull();
  }

  @Test
  void theyGoInTheOrderOfArrival() {
    backlog.refused(1);
    packets.forEach(backlog::add);
    assertThat(backlog.next(0)).isSameAs(packets.get(0));
    assertThat(backlog.next(0)).isSameAs(packets.get(1));
    backlog.add(packets.get(0));
    assertThat(backlog.next(0)).isSameAs(packets.get(2));
    assertThat(backlog.next(0)).isSameAs(packets.get(0));
    assertThat(backlog.next(0)).isNull();
    assertThat(packets).allMatch(packet -> packet.link == null);
  }

  @Test
  void whoIsPutBackIsTheFirstAgain() {
    backlog.refused(1);
    backlog.putBack(packets.get(1));
    backlog.putBack(packets.get(0));
    backlog.add(packets.get(2));
    packets.forEach(packet -> assertThat(backlog.next(0)).isSameAs(packet));
    assertThat(backlog.next(0)).isNull();
  }

  @Test
  void whileOneWaitsThereIsALimitThatRises() {
    backlog.refused(5);
    backlog.add(packets.get(0));
    assertThat(backlog.isToWait(4)).isFalse();
    assertThat(backlog.isToWait(5)).isTrue();
    assertThat(backlog.next(5)).isNull();
    for (int ends = 0; ends < 64; ends++) {
      assertThat(backlog.isToWait(5)).isTrue();
      assertThat(backlog.ended()).isTrue();
    }
    assertThat(backlog.isToWait(5)).isFalse();
    assertThat(backlog.isToWait(6)).isTrue();
    assertThat(backlog.next(5)).isSameAs(packets.get(0));
    assertThat(backlog.isToWait(6)).isFalse();
  }
}
