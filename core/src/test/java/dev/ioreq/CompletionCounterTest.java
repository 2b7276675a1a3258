package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompletionCounterTest {
  private final CompletionCounter counter = new CompletionCounter();

  private static int begin(CompletionCounter counter) {
    int announced = counter.announce();
    if (announced == CompletionCounter.BEGUN) {
      counter.begin();
    }
    return announced;
  }

  private static void endAs(CompletionCounter counter, IoStatus status) {
    counter.outcome(status.code());
    assertThat(counter.tryLeave()).isFalse();
    assertThat(counter.tryEnd()).isTrue();
  }

  @Test
  void aSendIsPendingUntilItsOnlyPartyEndsIt() {
    assertThat(begin(counter)).isEqualTo(CompletionCounter.BEGUN);
    assertThat(counter.status()).isEqualTo(IoStatus.PENDING.code());
    assertThat(counter.isInUse()).isTrue();
    endAs(counter, IoStatus.END_OF_FILE);
    assertThat(counter.status()).isEqualTo(IoStatus.END_OF_FILE.code());
    assertThat(counter.isInUse()).isFalse();
  }

  @Test
  void aSendInUseIsNotBegunAgain() {
    begin(counter);
    assertThat(begin(counter)).isEqualTo(CompletionCounter.BUSY);
    assertThat(counter.hold()).isEqualTo(CompletionCounter.BUSY);
    assertThat(counter.status()).isEqualTo(IoStatus.PENDING.code());
  }

  @Test
  void anEndedSendIsBegunAgainWithoutReset() {
    begin(counter);
    endAs(counter, IoStatus.SUCCESS);
    assertThat(begin(counter)).isEqualTo(CompletionCounter.BEGUN);
  }

  @Test
  @DisplayName(
      "R-304 the party that leaves last ends the send, with the outcome of the one that knew")
  void theLastPartyEndsTheSend() {
    begin(counter);
    assertThat(counter.join()).isTrue();
    counter.outcome(IoStatus.SUCCESS.code());
    assertThat(counter.tryLeave()).as("the device leaves, the canceller stays").isTrue();
    assertThat(counter.isInUse()).isTrue();
    assertThat(counter.tryLeave()).isFalse();
    assertThat(counter.tryEnd()).isTrue();
    assertThat(counter.status()).isEqualTo(IoStatus.SUCCESS.code());
  }

  @Test
  void nobodyEndsASendThatSomebodyJoinedMeanwhile() {
    begin(counter);
    counter.outcome(0);
    assertThat(counter.tryLeave()).isFalse();
    assertThat(counter.join()).isTrue();
    assertThat(counter.tryEnd()).isFalse();
    assertThat(counter.tryLeave()).isTrue();
    assertThat(counter.tryEnd()).isTrue();
  }

  @Test
  void nobodyJoinsAnEndedSend() {
    assertThat(counter.join()).isFalse();
    begin(counter);
    endAs(counter, IoStatus.SUCCESS);
    assertThat(counter.join()).isFalse();
  }

  @Test
  @DisplayName("R-306 a cancel that finds nothing in flight refuses the next send until reset")
  void aMarkRefusesTheNextSend() {
    assertThat(counter.joinOrMark()).isFalse();
    assertThat(begin(counter)).isEqualTo(CompletionCounter.MARKED);
    assertThat(counter.hold()).as("still").isEqualTo(CompletionCounter.MARKED);
    counter.refuse(IoStatus.CANCELLED.code());
    assertThat(counter.status()).isEqualTo(IoStatus.CANCELLED.code());
    assertThat(begin(counter)).as("a refusal keeps it").isEqualTo(CompletionCounter.MARKED);
    assertThat(counter.reset(0)).isTrue();
    assertThat(begin(counter)).isEqualTo(CompletionCounter.BEGUN);
  }

  @Test
  void aCancelOfASendInUseJoinsItAndLeavesNoMark() {
    begin(counter);
    assertThat(counter.joinOrMark()).isTrue();
    assertThat(counter.tryLeave()).isTrue();
    endAs(counter, IoStatus.SUCCESS);
    assertThat(begin(counter)).isEqualTo(CompletionCounter.BEGUN);
  }

  @Test
  @DisplayName("R-251 cancelled after expiry is published as timed out")
  void cancelledAfterExpiryIsTimedOut() {
    begin(counter);
    assertThat(counter.join()).isTrue();
    counter.expire();
    assertThat(counter.tryLeave()).isTrue();
    counter.outcome(IoStatus.CANCELLED.code());
    assertThat(counter.endStatus()).as("before it ends").isEqualTo(IoStatus.IO_TIMEOUT.code());
    endAs(counter, IoStatus.CANCELLED);
    assertThat(counter.status()).isEqualTo(IoStatus.IO_TIMEOUT.code());
  }

  @Test
  @DisplayName("R-252 any other outcome after expiry stands")
  void otherOutcomesAfterExpiryStand() {
    begin(counter);
    counter.join();
    counter.expire();
    counter.tryLeave();
    endAs(counter, IoStatus.SUCCESS);
    assertThat(counter.status()).isEqualTo(IoStatus.SUCCESS.code());
  }

  @Test
  @DisplayName("R-255 an expiry has no effect on the next use")
  void expiryIsForgottenByTheNextSend() {
    begin(counter);
    counter.join();
    counter.expire();
    counter.tryLeave();
    endAs(counter, IoStatus.SUCCESS);
    begin(counter);
    endAs(counter, IoStatus.CANCELLED);
    assertThat(counter.status()).isEqualTo(IoStatus.CANCELLED.code());
  }

  @Test
  void aQueuedSendIsDeliveredWithItsPartiesAndItsExpiry() {
    assertThat(counter.hold()).isEqualTo(CompletionCounter.BEGUN);
    assertThat(counter.isQueued()).isTrue();
    counter.join();
    counter.expire();
    counter.deliver();
    assertThat(counter.isQueued()).isFalse();
    assertThat(counter.isInUse()).isTrue();
    counter.outcome(IoStatus.CANCELLED.code());
    assertThat(counter.tryLeave()).isTrue();
    assertThat(counter.tryLeave()).isFalse();
    assertThat(counter.tryEnd()).isTrue();
    assertThat(counter.status()).isEqualTo(IoStatus.IO_TIMEOUT.code());
  }

  @Test
  @DisplayName("R-116 a send in use is not reset")
  void aSendInUseIsNotReset() {
    counter.hold();
    assertThat(counter.reset(0)).isFalse();
    assertThat(counter.status()).isEqualTo(IoStatus.PENDING.code());
  }

  @Test
  @DisplayName("R-280 a reset gives the status asked for, negative codes included")
  void aResetGivesTheStatusAskedFor() {
    assertThat(counter.reset(IoStatus.NOT_SUPPORTED.code())).isTrue();
    assertThat(counter.status()).isEqualTo(IoStatus.NOT_SUPPORTED.code());
    assertThat(counter.isInUse()).isFalse();
    assertThat(begin(counter)).isEqualTo(CompletionCounter.BEGUN);
  }

  @Test
  void aWithdrawnSendWasNone() {
    begin(counter);
    endAs(counter, IoStatus.END_OF_FILE);
    assertThat(counter.announce()).isEqualTo(CompletionCounter.BEGUN);
    assertThat(counter.announce()).isEqualTo(CompletionCounter.BUSY);
    assertThat(counter).hasToString("ANNOUNCED, 1 parties");
    assertThat(counter.status()).as("as before").isEqualTo(IoStatus.END_OF_FILE.code());
    counter.withdraw();
    assertThat(counter.isInUse()).isFalse();
    assertThat(counter.status()).isEqualTo(IoStatus.END_OF_FILE.code());
    assertThat(begin(counter)).isEqualTo(CompletionCounter.BEGUN);
  }

  @Test
  void whatIsThrownOnTheWayLeavesNoAnnouncement() {
    counter.settle();
    assertThat(counter).hasToString("IDLE");
    counter.announce();
    counter.settle();
    assertThat(counter).hasToString("SENT, 1 parties");
    endAs(counter, IoStatus.SUCCESS);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoComesWhileASendIsAnnouncedWaitsForWhatBecomesOfIt(boolean begins) throws Exception {
    counter.announce();
    List<FutureTask<Boolean>> asked =
        List.of(
            new FutureTask<>(counter::join),
            new FutureTask<>(counter::joinOrMark),
            new FutureTask<>(counter::close));
    for (FutureTask<Boolean> each : asked) {
      Thread asker = Thread.ofPlatform().daemon().start(each);
      while (asker.getState() != Thread.State.TIMED_WAITING) {
        assertThat(each.isDone()).as("it waits").isFalse();
        Thread.onSpinWait();
      }
    }
    if (begins) {
      counter.begin();
    } else {
      counter.withdraw();
    }
    for (FutureTask<Boolean> each : asked) {
      assertThat(each.get()).isEqualTo(begins);
    }
  }

  @Test
  void manyPartiesJoinAndLeave() {
    begin(counter);
    for (int i = 0; i < 1000; i++) {
      assertThat(counter.joinOrMark()).isTrue();
    }
    for (int i = 0; i < 1000; i++) {
      assertThat(counter.tryLeave()).isTrue();
    }
    endAs(counter, IoStatus.SUCCESS);
  }

  @Test
  void itSaysWhatItIs() {
    assertThat(counter).hasToString("IDLE");
    counter.joinOrMark();
    assertThat(counter).hasToString("IDLE, marked cancelled");
    counter.reset(0);
    counter.hold();
    assertThat(counter).hasToString("QUEUED, 1 parties");
    counter.deliver();
    assertThat(counter).hasToString("SENT, 1 parties");
    endAs(counter, IoStatus.SUCCESS);
    assertThat(counter).hasToString("ENDED");
  }
}
