package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// The requests a target keeps for synchronous calls.
class PrivateRequestsTest {
  private final PrivateRequests requests = new PrivateRequests(4);

  @Test
  void aThreadGetsTheSameRequestAgain() {
    IoRequest first = requests.take();
    requests.giveBack(first);
    IoRequest second = requests.take();
    requests.giveBack(second);
    assertThat(second).isSameAs(first);
  }

  @Test
  void aCallInsideACallGetsAnotherForThisOnce() {
    IoRequest outer = requests.take();
    IoRequest inner = requests.take();
    requests.giveBack(inner);
    requests.giveBack(outer);
    assertThat(inner).isNotSameAs(outer);
    assertThat(requests.take()).isSameAs(outer);
  }

  /// A closed target may be opened again.
  @Test
  void afterTheCloseTheyAreKeptAsBefore() {
    IoRequest closed = requests.take();
    requests.giveBack(closed);
    requests.close();
    IoRequest first = requests.take();
    requests.giveBack(first);
    assertThat(first).isNotSameAs(closed);
    assertThat(requests.take()).isSameAs(first);
  }
}
