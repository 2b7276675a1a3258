package dev.ioreq.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ioreq.ContextType;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoMisuseException;
import dev.ioreq.IoObject;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.SendOptions;
import dev.ioreq.Verifier;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Received requests as objects: each packet is a life.
class ReceivedObjectTest extends ScriptedTest {
  private static final class Progress {
    private long bytes;

    private void clear() {
      bytes = 0;
    }
  }

  private static final ContextType<Progress> PROGRESS =
      ContextType.of("progress", Progress::new, Progress::clear);

  private final List<String> events = new ArrayList<>();
  private final List<ReceivedRequest> received = new ArrayList<>();
  private final ManualDevice lower = new ManualDevice();

  private final Verifier.Mode before = Verifier.mode();

  /// In the strict mode each packet has a handle of its own, and no handle a second life.
  @BeforeEach
  void report() {
    Verifier.mode(Verifier.Mode.REPORT);
  }

  @AfterEach
  void asBefore() {
    Verifier.mode(before);
  }

  private IoTarget driver(Consumer<ReceivedRequest> handler) {
    IoDevice device =
        made.track(
            IoDevice.filter("driver")
                .queue(
                    IoQueue.parallel()
                        .onRead((queue, request, length) -> {
                          received.add(request);
                          handler.accept(request);
                        }))
                .above(over(lower)));
    return made.track(IoTarget.to(device));
  }

  private Consumer<IoObject> noting(String what) {
    return object -> events.add(what);
  }

  private static byte firstByte(ReceivedRequest request) {
    try {
      byte[] first = new byte[1];
      request.retrieveOutput(1).copyTo(0, first);
      return first[0];
    } catch (IoRequestException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  @DisplayName("R-100, R-101, R-433 completing cleans up, deletes children, and then completes")
  void completingEndsALife() {
    IoTarget target =
        driver(request -> {
          IoMemory child = made.memory(8);
          child.onCleanup(noting("child"));
          child.parent(request);
          request.onCleanup(object -> {
            assertThat(firstByte(request)).as("its buffer is there").isZero();
            events.add("cleanup");
          });
          request.onDestroy(noting("destroy"));
          request.complete(IoStatus.SUCCESS, 0);
        });
    IoRequest request = formatted(target);
    request.setCompletionRoutine((sent, at, result) -> events.add("routine"));
    for (int i = 0; i < 2; i++) {
      events.clear();
      assertThat(request.send(target)).isTrue();
      assertThat(events).containsExactly("child", "cleanup", "destroy", "routine");
      target.formatRead(request, made.memory(64), 0);
      request.setCompletionRoutine((sent, at, result) -> events.add("routine"));
    }
    ReceivedRequest handle = received.getFirst();
    assertThat(received.getLast()).as("one handle, two lives").isSameAs(handle);
    assertThatThrownBy(() -> handle.context(PROGRESS)).isInstanceOf(IoMisuseException.class);
    assertThatThrownBy(handle::reference).isInstanceOf(IoMisuseException.class);
  }

  @Test
  @DisplayName("R-240 sending and forgetting cleans up before the next device has the packet")
  void forgettingEndsALife() {
    IoTarget below = over(lower);
    IoDevice device =
        made.track(
            IoDevice.filter("driver")
                .queue(
                    IoQueue.parallel()
                        .onRead((queue, request, length) -> {
                          request.onCleanup(object -> {
                            assertThat(lower.arrivals()).isEmpty();
                            events.add("cleanup");
                          });
                          assertThat(request.send(below, SendOptions.sendAndForget())).isTrue();
                        }))
                .above(below));
    send(made.track(IoTarget.to(device)));
    assertThat(events).containsExactly("cleanup");
    assertThat(lower.arrivals()).hasSize(1);
    lower.complete();
    assertThat(recorder.count()).isEqualTo(1);
  }

  @Test
  @DisplayName("R-369 each received request has a zeroed context; the instance is kept")
  void contextsAreZeroedForEachPacket() {
    List<Progress> contexts = new ArrayList<>();
    IoTarget target =
        driver(request -> {
          assertThat(request.hasContext(PROGRESS)).isFalse();
          Progress progress = request.context(PROGRESS);
          assertThat(progress.bytes).isZero();
          progress.bytes = 7;
          contexts.add(progress);
          request.complete(IoStatus.SUCCESS, 0);
        });
    IoRequest request = send(target);
    target.formatRead(request, made.memory(64), 0);
    assertThat(request.send(target)).isTrue();
    assertThat(contexts).hasSize(2);
    assertThat(contexts.getLast()).isSameAs(contexts.getFirst());
  }

  @Test
  @DisplayName(
      "R-100 a handle with extra references stays valid and is not given to the next packet")
  void aReferencedHandleStaysValid() {
    IoTarget target =
        driver(request -> {
          request.context(PROGRESS).bytes += 7;
          if (received.size() == 1) {
            request.reference();
            request.onDestroy(noting("destroy"));
          }
          request.complete(IoStatus.SUCCESS, 0);
        });
    IoRequest request = send(target);
    ReceivedRequest handle = received.getFirst();
    for (int i = 0; i < 2; i++) {
      target.formatRead(request, made.memory(64), 0);
      assertThat(request.send(target)).isTrue();
      assertThat(received.getLast()).isNotSameAs(handle);
    }
    assertThat(handle.context(PROGRESS).bytes).isEqualTo(7);
    assertThatThrownBy(() -> handle.retrieveOutput(1)).isInstanceOf(IoMisuseException.class);
    assertThat(events).isEmpty();
    handle.dereference();
    assertThat(events).containsExactly("destroy");
    target.formatRead(request, made.memory(64), 0);
    assertThat(request.send(target)).isTrue();
    assertThat(received.getLast()).as("free again, and the first in its frame").isSameAs(handle);
    assertThat(recorder.count()).isEqualTo(1);
    assertThat(request.status()).isEqualTo(IoStatus.SUCCESS);
  }

  @Test
  @DisplayName("R-096 two drivers of a stack have requests, and contexts, of their own")
  void driversDoNotShareContexts() {
    IoTarget below =
        driver(request -> {
          assertThat(request.hasContext(PROGRESS)).isFalse();
          request.complete(IoStatus.SUCCESS, 0);
        });
    IoDevice upper =
        made.track(
            IoDevice.filter("upper")
                .queue(
                    IoQueue.parallel()
                        .onRead((queue, request, length) -> {
                          request.context(PROGRESS).bytes = 7;
                          request.formatUsingCurrentType();
                          request.setCompletionRoutine((sent, at, result) -> {
                            events.add("bytes " + sent.context(PROGRESS).bytes);
                            request.complete(result.status());
                          });
                          assertThat(request.send(below)).isTrue();
                        }))
                .above(below));
    send(made.track(IoTarget.to(upper)));
    assertThat(events).containsExactly("bytes 7");
    assertThat(recorder.count()).isEqualTo(1);
  }
}
