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
import org.junit.jupiter.api.Test;

class BacklogTest {
  private static final int FLAGS = 8;
  private static final int ENDS_UNTIL_RAISED = 64;

  private final List<Packet> packets = new ArrayList<>();
  private final IoTarget target = new ManualDevice().atOnce(packets::add).target();
  private final List<IoRequest> requests = new ArrayList<>();
  private final List<Packet> gone = new ArrayList<>();
  private final Backlog backlog = new Backlog(this::take);
  private boolean isOutOfStack;

  private final Packet first = sent(IoMemory.none());
  private final Packet second = sent(IoMemory.none());
  private final Packet third = sent(IoMemory.none());

  private void take(Packet packet) {
    if (isOutOfStack) {
      throw new StackOverflowError("as if the stack had ended");
    }
    gone.add(packet);
  }

  private Packet sent(IoMemory memory) {
    IoRequest request = IoRequest.create(target);
    requests.add(request);
    target.formatRead(request, memory, 0);
    assertThat(request.send(target)).isTrue();
    Packet packet = packets.getLast();
    packet.word1 = 0;
    packet.word3 = 0;
    return packet;
  }

  private void tried(int count) {
    for (int i = 0; i < count; i++) {
      tried(sent(IoMemory.none()));
    }
  }

  private void tried(Packet packet) {
    backlog.isPrepared(packet, FLAGS, true);
    assertThat(Backlog.wasTried(packet)).isTrue();
    assertThat(Backlog.flags(packet)).isEqualTo(FLAGS);
  }

  private boolean isKeptWhenRefused(Packet packet) {
    backlog.answered();
    return backlog.keepsRefused(packet);
  }

  /// As many are under way as make who is refused wait, and one waits.
  private void refuseFirst() {
    tried(Backlog.LEAST_UNDER_WAY);
    tried(first);
    assertThat(isKeptWhenRefused(first)).isTrue();
  }

  private void oneEnds() {
    backlog.answered();
    backlog.letNextGo();
  }

  @AfterEach
  void end() {
    packets.forEach(packet -> packet.complete(IoStatus.SUCCESS, 0));
    requests.forEach(IoRequest::close);
    target.close();
  }

  @Test
  void nobodyWaitsWhereNobodyWasRefused() {
    tried(10 * Backlog.LEAST_UNDER_WAY);
    assertThat(backlog.keeps(first)).isFalse();
    oneEnds();
    assertThat(gone).isEmpty();
  }

  @Test
  void whoIsRefusedAmongFewIsNotKept() {
    tried(Backlog.LEAST_UNDER_WAY - 1);
    tried(first);
    assertThat(isKeptWhenRefused(first)).isFalse();
  }

  @Test
  void whatWasGivenToAThreadIsNotUnderWay() {
    tried(Backlog.LEAST_UNDER_WAY - 1);
    backlog.isPrepared(second, FLAGS, false);
    assertThat(Backlog.wasTried(second)).isFalse();
    tried(first);
    assertThat(isKeptWhenRefused(first)).isFalse();
  }

  @Test
  void whatADeviceMayHaveToSplitIsNotKept() {
    tried(Backlog.LEAST_UNDER_WAY);
    try (IoMemory memory = IoMemory.allocate(Backlog.MOST_BYTES + 1)) {
      Packet large = sent(memory);
      tried(large);
      assertThat(isKeptWhenRefused(large)).isFalse();
      large.word1 = 1; // a byte less is left
      tried(large);
      assertThat(isKeptWhenRefused(large)).isTrue();
    }
  }

  @Test
  void whoseCancelWasAskedForIsNotKept() {
    tried(Backlog.LEAST_UNDER_WAY);
    tried(first);
    boolean ignored = requests.getFirst().cancelSent();
    assertThat(isKeptWhenRefused(first)).isFalse();
  }

  @Test
  void whoIsRefusedAgainIsNotKept() {
    refuseFirst();
    oneEnds();
    assertThat(gone).containsExactly(first);
    tried(Backlog.LEAST_UNDER_WAY);
    tried(first);
    assertThat(isKeptWhenRefused(first)).isFalse();
  }

  @Test
  void theyGoInTheOrderOfArrivalAsRoomIsMade() {
    refuseFirst();
    assertThat(backlog.keeps(second)).isTrue();
    oneEnds();
    assertThat(gone).containsExactly(first);
    assertThat(backlog.keeps(third)).as("while the first is on its way").isTrue();
    assertThat(backlog.keeps(first)).as("it had its turn").isFalse();
    tried(first);
    oneEnds();
    oneEnds();
    assertThat(gone).containsExactly(first, second, third);
    assertThat(backlog.keeps(sent(IoMemory.none()))).as("none waits").isFalse();
  }

  @Test
  void whoCannotBeSentIsTheFirstAgain() {
    refuseFirst();
    assertThat(backlog.keeps(second)).isTrue();
    isOutOfStack = true;
    oneEnds();
    assertThat(gone).isEmpty();
    isOutOfStack = false;
    oneEnds();
    assertThat(gone).containsExactly(first, second);
  }

  @Test
  void whoDoesNotGetToTheRingMakesRoom() {
    refuseFirst();
    assertThat(backlog.keeps(second)).isTrue();
    oneEnds();
    assertThat(gone).containsExactly(first);
    backlog.withdrawn(third); // was never here
    assertThat(gone).containsExactly(first);
    backlog.withdrawn(first);
    assertThat(gone).containsExactly(first, second);
  }

  @Test
  void whoIsCancelledGoesAtOnceAndMakesNoRoom() {
    refuseFirst();
    assertThat(backlog.keeps(second)).isTrue();
    assertThat(backlog.keeps(third)).isTrue();
    cancelKept(second);
    assertThat(gone).containsExactly(second);
    cancelKept(second);
    assertThat(gone).as("is here no more").containsExactly(second);
    cancelKept(third);
    cancelKept(first);
    assertThat(gone).containsExactly(second, third, first);
    assertThat(backlog.keeps(sent(IoMemory.none()))).as("none waits").isFalse();
  }

  @Test
  void cancelsDoNotRaiseTheLimit() {
    refuseFirst();
    List<Packet> others = new ArrayList<>();
    for (int i = 0; i < 3 * ENDS_UNTIL_RAISED; i++) {
      Packet other = sent(IoMemory.none());
      assertThat(backlog.keeps(other)).isTrue();
      others.addFirst(other);
    }
    others.forEach(this::cancelKept);
    assertThat(gone).containsExactlyElementsOf(others);
    oneEnds();
    assertThat(gone).last().isSameAs(first);
  }

  @Test
  void whoIsCancelledAndCannotBeSentWaitsForItsTurn() {
    refuseFirst();
    assertThat(backlog.keeps(second)).isTrue();
    isOutOfStack = true;
    backlog.letGoCancelled(second);
    isOutOfStack = false;
    assertThat(gone).isEmpty();
    oneEnds();
    oneEnds();
    assertThat(gone).containsExactly(first, second);
  }

  @Test
  void whoDoesNotGoOnInTheRingMakesRoom() {
    List<Packet> others = new ArrayList<>();
    for (int i = 0; i < Backlog.LEAST_UNDER_WAY; i++) {
      others.add(sent(IoMemory.none()));
      tried(others.getLast());
    }
    tried(first);
    assertThat(isKeptWhenRefused(first)).isTrue();
    // the kernel has done each in part, and now its cancel is seen
    backlog.answered();
    assertThat(gone).isEmpty();
    backlog.withdrawn(others.getFirst());
    assertThat(gone).containsExactly(first);
  }

  @Test
  void severalThatCannotBeSentWaitEachInItsPlace() {
    refuseFirst();
    List<Packet> others = new ArrayList<>();
    for (int i = 0; i < 62; i++) { // one less than there are places at first
      Packet other = sent(IoMemory.none());
      assertThat(backlog.keeps(other)).isTrue();
      others.add(other);
    }
    isOutOfStack = true;
    others.subList(20, 30).forEach(backlog::letGoCancelled);
    isOutOfStack = false;
    for (int i = 0; i < 63; i++) {
      oneEnds();
      tried(gone.getLast());
    }
    assertThat(gone.getFirst()).isSameAs(first);
    assertThat(gone.subList(1, 63)).containsExactlyElementsOf(others);
  }

  @Test
  void whatComesAndIsCancelledWhileOneWaitsTakesNoMorePlaces() {
    refuseFirst();
    assertThat(backlog.keeps(second)).isTrue();
    for (int i = 0; i < 1000; i++) {
      Packet other = i % 2 == 0 ? third : second;
      assertThat(backlog.keeps(other)).isTrue();
      cancelKept(i % 2 == 0 ? second : third);
    }
    assertThat(backlog.places()).isEqualTo(64);
    gone.clear();
    oneEnds();
    assertThat(gone).containsExactly(first);
  }

  /// What the engine does: it ends what it gets back before it comes to the kernel.
  private void cancelKept(Packet packet) {
    backlog.letGoCancelled(packet);
    backlog.withdrawn(packet);
  }

  @Test
  void theLimitRisesWithManyEnds() {
    refuseFirst();
    assertThat(backlog.keeps(second)).isTrue();
    for (int ends = 1; ends < ENDS_UNTIL_RAISED; ends++) {
      backlog.letNextGo(); // and as many have come
      assertThat(gone).isEmpty();
    }
    backlog.letNextGo();
    assertThat(gone).containsExactly(first);
  }
}
