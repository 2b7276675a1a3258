package dev.ioreq.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.ReceivedRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ReadyNotifyLoopTest extends ExampleTest {
  @Test
  @DisplayName("the example")
  void example() throws Exception {
    assertThat(printed(() -> ReadyNotifyLoop.main(new String[0])))
        .endsWith("wrote 16 bytes\nnotified 3 times\n");
  }

  @Test
  @DisplayName("S-27, R-392, R-393 told once when requests begin to wait; the loop takes them all")
  void drainsAtTheEdge() {
    List<ReceivedRequest> taken = new ArrayList<>();
    ReadyNotifyLoop loop = new ReadyNotifyLoop(taken::add);
    IoTarget target = above(loop.device());
    loop.collected().stop(null);
    write(target, 4, 0);
    write(target, 4, 0);
    write(target, 4, 0);
    assertThat(loop.notifications()).as("stopped").isZero();
    loop.collected().start();
    assertThat(taken).hasSize(3);
    assertThat(loop.notifications()).isEqualTo(1);
    taken.forEach(request -> request.complete(IoStatus.SUCCESS, 4));
    assertThat(recorder.count()).isEqualTo(3);
  }

  @Test
  @DisplayName("S-27, R-393 what comes while the loop runs is taken by it")
  void takesWhatComesMeanwhile() {
    AtomicReference<IoTarget> target = new AtomicReference<>();
    ReadyNotifyLoop loop =
        new ReadyNotifyLoop(request -> {
          request.complete(IoStatus.SUCCESS, request.inputLength());
          if (recorder.count() < 5) {
            write(target.get(), 4, 0);
          }
        });
    target.set(above(loop.device()));
    write(target.get(), 4, 0);
    assertThat(recorder.count()).isEqualTo(5);
    assertThat(loop.collected().state().isIdle()).isTrue();
  }
}
