package dev.ioreq;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/// What can happen to a received request at the same time: a cancel, and what its driver or its
/// queue does.
public final class QueueStress {
  private QueueStress() {}

  /// A device with one queue, a request at its driver or in the queue, and what came of it.
  private static class Scene {
    final IoDevice device;
    final IoTarget top;
    final IoRequest request = IoRequest.create();
    final AtomicInteger completions = new AtomicInteger();
    final AtomicInteger events = new AtomicInteger();
    final AtomicInteger presented = new AtomicInteger();
    final AtomicInteger came = new AtomicInteger();
    volatile @Nullable ReceivedRequest received;

    Scene(QueueConfig queue) {
      device = IoDevice.function("stress").queue(queue).alone();
      top = IoTarget.to(device);
    }

    boolean send() {
      return send(request);
    }

    boolean send(IoRequest request) {
      top.formatWrite(request, IoMemory.none(), 0);
      request.setCompletionRoutine((sent, target, result) -> completions.incrementAndGet());
      return request.send(top);
    }

    static QueueConfig keeping(QueueConfig queue, Scene[] scene) {
      return queue
          .allowZeroLength()
          .onDefault((from, request) -> {
            scene[0].presented.incrementAndGet();
            scene[0].received = request;
          });
    }

    static Scene sent(QueueConfig queue) {
      Scene[] scene = new Scene[1];
      scene[0] = new Scene(keeping(queue, scene));
      scene[0].send();
      return scene[0];
    }

    ReceivedRequest received() {
      return Objects.requireNonNull(received);
    }

    /// A cancel routine that ends the request.
    void event(ReceivedRequest cancelled) {
      events.incrementAndGet();
      cancelled.complete(IoStatus.CANCELLED, 0);
    }

    /// One that ends it if the driver has tried to take the mark back before; else that does.
    void eventOfTwo(ReceivedRequest cancelled) {
      events.incrementAndGet();
      endSecond(cancelled);
    }

    void endSecond(ReceivedRequest cancelled) {
      if (came.incrementAndGet() == 2) {
        cancelled.complete(IoStatus.CANCELLED, 0);
      }
    }

    int isCancelled() {
      return request.status().equals(IoStatus.CANCELLED) ? 1 : 0;
    }
  }

  /// The driver marks a request while it is cancelled.
  @JCStressTest
  @Description("mark against cancel: the event comes, once, and ends the request (R-313, R-314)")
  @Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "One event, one end, cancelled.")
  @Outcome(expect = FORBIDDEN, desc = "The cancel was lost, or came twice.")
  @State
  public static class MarkAgainstCancel {
    private final Scene scene = Scene.sent(IoQueue.parallel());

    /// The driver.
    @Actor
    public void driver() {
      scene.received().markCancelable(scene::event);
    }

    /// The canceller.
    @Actor
    public void canceller() {
      scene.request.cancelSent();
    }

    /// Afterwards.
    @Arbiter
    public void after(III_Result r) {
      r.r1 = scene.events.get();
      r.r2 = scene.completions.get();
      r.r3 = scene.isCancelled();
    }
  }

  /// The driver marks, takes the mark back and completes while the request is cancelled.
  @JCStressTest
  @Description("mark, unmark and complete against cancel: one end (R-315, R-320, R-321, R-326)")
  @Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "No cancel in time: the driver succeeded.")
  @Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "Cancelled while it was marked.")
  @Outcome(id = "0, 1, 1", expect = ACCEPTABLE, desc = "Cancelled before: the driver ended it.")
  @Outcome(expect = FORBIDDEN, desc = "No end, two, or not as the event says.")
  @State
  public static class MarkUnmarkCompleteAgainstCancel {
    private final Scene scene = Scene.sent(IoQueue.parallel());

    /// The driver.
    @Actor
    public void driver() {
      ReceivedRequest received = scene.received();
      if (!received.tryMarkCancelable(scene::eventOfTwo)) {
        received.complete(IoStatus.CANCELLED, 0);
      } else if (received.unmarkCancelable()) {
        received.complete(IoStatus.SUCCESS, 0);
      } else {
        scene.endSecond(received);
      }
    }

    /// The canceller.
    @Actor
    public void canceller() {
      scene.request.cancelSent();
    }

    /// Afterwards.
    @Arbiter
    public void after(III_Result r) {
      r.r1 = scene.events.get();
      r.r2 = scene.completions.get();
      r.r3 = scene.isCancelled();
    }
  }

  /// The driver takes a mark back while the request is cancelled.
  @JCStressTest
  @Description("unmark against cancel: who wins completes, once (R-320, R-321)")
  @Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "Unmarked: the driver succeeded.")
  @Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "The event came.")
  @Outcome(expect = FORBIDDEN, desc = "No end, two, or not as the event says.")
  @State
  public static class UnmarkAgainstCancel {
    private final Scene scene = Scene.sent(IoQueue.parallel());

    /// Marked.
    public UnmarkAgainstCancel() {
      scene.received().markCancelable(scene::eventOfTwo);
    }

    /// The driver.
    @Actor
    public void driver() {
      ReceivedRequest received = scene.received();
      if (received.unmarkCancelable()) {
        received.complete(IoStatus.SUCCESS, 0);
      } else {
        scene.endSecond(received);
      }
    }

    /// The canceller.
    @Actor
    public void canceller() {
      scene.request.cancelSent();
    }

    /// Afterwards.
    @Arbiter
    public void after(III_Result r) {
      r.r1 = scene.events.get();
      r.r2 = scene.completions.get();
      r.r3 = scene.isCancelled();
    }
  }

  /// A marked request is cancelled while its queue is purged.
  @JCStressTest
  @Description("purge against cancel of a marked request: one event (R-307, R-329)")
  @Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "One event, for one of the two.")
  @Outcome(expect = FORBIDDEN, desc = "No event, or two.")
  @State
  public static class PurgeAgainstCancel {
    private final Scene scene = Scene.sent(IoQueue.parallel());

    /// Marked.
    public PurgeAgainstCancel() {
      scene.received().markCancelable(scene::event);
    }

    /// Who purges.
    @Actor
    public void purger() {
      scene.device.defaultQueue().orElseThrow().purge(null);
    }

    /// The canceller.
    @Actor
    public void canceller() {
      scene.request.cancelSent();
    }

    /// Afterwards.
    @Arbiter
    public void after(III_Result r) {
      r.r1 = scene.events.get();
      r.r2 = scene.completions.get();
      r.r3 = scene.isCancelled();
    }
  }

  /// The driver completes an unmarked request while it is cancelled.
  @JCStressTest
  @Description("complete against cancel: the driver's status stands (R-301, R-312)")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "One end, as the driver said.")
  @Outcome(expect = FORBIDDEN, desc = "No end, two, or another.")
  @State
  public static class CompleteAgainstCancel {
    private final Scene scene = Scene.sent(IoQueue.sequential());

    /// The driver.
    @Actor
    public void driver() {
      scene.received().complete(IoStatus.SUCCESS, 0);
    }

    /// The canceller.
    @Actor
    public void canceller() {
      scene.request.cancelSent();
    }

    /// Afterwards.
    @Arbiter
    public void after(II_Result r) {
      r.r1 = scene.completions.get();
      r.r2 = scene.isCancelled();
    }
  }

  /// A request arrives in a queue that does not deliver while it is cancelled.
  @JCStressTest
  @Description("arrival against cancel: refused, or cancelled where it waits (R-222, R-331, R-334)")
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "The cancel came first: not sent.")
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "Sent, and ended in the queue.")
  @Outcome(expect = FORBIDDEN, desc = "It waits although it is cancelled.")
  @State
  public static class ArrivalAgainstCancel {
    private final Scene scene = new Scene(IoQueue.manual().allowZeroLength());
    private boolean isSent;

    /// The sender.
    @Actor
    public void sender() {
      isSent = scene.send();
    }

    /// The canceller.
    @Actor
    public void canceller() {
      scene.request.cancelSent();
    }

    /// Afterwards.
    @Arbiter
    public void after(II_Result r) {
      r.r1 = isSent ? 1 : 0;
      r.r2 = scene.completions.get();
    }
  }

  /// The driver forwards a request while it is cancelled.
  @JCStressTest
  @Description("forward against cancel: found in the one queue or the other (R-299, R-332, R-334)")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "Cancelled, and no queue has it.")
  @Outcome(expect = FORBIDDEN, desc = "It waits although it is cancelled, or ended twice.")
  @State
  public static class ForwardAgainstCancel {
    private final Scene scene = Scene.sent(IoQueue.sequential());
    private final IoQueue other = scene.device.createQueue("other", IoQueue.manual());

    /// The driver.
    @Actor
    public void driver() {
      scene.received().forwardTo(other);
    }

    /// The canceller.
    @Actor
    public void canceller() {
      scene.request.cancelSent();
    }

    /// Afterwards.
    @Arbiter
    public void after(II_Result r) {
      r.r1 = scene.completions.get();
      r.r2 = other.state().queued() + scene.device.defaultQueue().orElseThrow().state().queued();
    }
  }

  /// The driver ends the one request of a sequential queue while another arrives.
  @JCStressTest
  @Description("sequential release against arrival: nothing is left behind (R-375, R-380)")
  @Outcome(id = "2", expect = ACCEPTABLE, desc = "Both were delivered.")
  @Outcome(expect = FORBIDDEN, desc = "The second waits although the driver has none.")
  @State
  public static class ReleaseAgainstArrival {
    private final Scene scene = Scene.sent(IoQueue.sequential());
    private final ReceivedRequest first = scene.received();
    private final IoRequest second = IoRequest.create();

    /// The driver.
    @Actor
    public void driver() {
      first.complete(IoStatus.SUCCESS, 0);
    }

    /// The sender.
    @Actor
    public void sender() {
      scene.send(second);
    }

    /// Afterwards.
    @Arbiter
    public void after(I_Result r) {
      r.r1 = scene.presented.get();
    }
  }

  /// The driver ends its last request while the queue is drained.
  @JCStressTest
  @Description("release against drain: the callback comes, once (R-406)")
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "Once.")
  @Outcome(expect = FORBIDDEN, desc = "Never, or twice.")
  @State
  public static class ReleaseAgainstDrain {
    private final Scene scene = Scene.sent(IoQueue.parallel());

    /// The driver.
    @Actor
    public void driver() {
      scene.received().complete(IoStatus.SUCCESS, 0);
    }

    /// Who drains.
    @Actor
    public void drainer() {
      scene.device.defaultQueue().orElseThrow().drain(queue -> scene.events.incrementAndGet());
    }

    /// Afterwards.
    @Arbiter
    public void after(I_Result r) {
      r.r1 = scene.events.get();
    }
  }

  /// A request that a driver above [FlagDevice] has.
  private static final class Above {
    private final FlagDevice lower = new FlagDevice();
    private final IoTarget below = IoTarget.over("lower", lower);
    private final IoRequest request = IoRequest.create();
    private volatile @Nullable ReceivedRequest received;

    private Above() {
      IoDevice device =
          IoDevice.filter("stress")
              .queue(
                  IoQueue.parallel()
                      .allowZeroLength()
                      .onDefault((queue, arrived) -> received = arrived))
              .above(below);
      IoTarget top = IoTarget.to(device);
      top.formatWrite(request, IoMemory.none(), 0);
      request.send(top);
    }

    private ReceivedRequest received() {
      return Objects.requireNonNull(received);
    }

    private void result(II_Result r) {
      r.r1 = lower.asked;
      r.r2 = lower.sawFlag ? 1 : 0;
    }
  }

  /// The driver sends a request on and forgets it while it is cancelled.
  @JCStressTest
  @Description(
      "forget against cancel: the device below is asked when it is ready, or sees the flag")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "Cancelled at the driver: it saw the flag.")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "It was ready and was asked.")
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "It was asked, and saw the flag too.")
  @Outcome(id = "2, 1", expect = ACCEPTABLE, desc = "It was asked too early, and saw the flag.")
  @Outcome(expect = FORBIDDEN, desc = "The cancel is lost on the way.")
  @State
  public static class ForgetAgainstCancel {
    private final Above above = new Above();

    /// The driver.
    @Actor
    public void driver() {
      above.received().send(above.below, SendOptions.sendAndForget());
    }

    /// The canceller.
    @Actor
    public void canceller() {
      above.request.cancelSent();
    }

    /// Afterwards.
    @Arbiter
    public void after(II_Result r) {
      above.result(r);
    }
  }

  /// The driver sends a request on, formatted as it came, while it is cancelled.
  @JCStressTest
  @Description("sending on against cancel: the device below is asked, or sees the flag (R-309)")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "Cancelled at the driver: it saw the flag.")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "It was ready and was asked.")
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "It was asked, and saw the flag too.")
  @Outcome(id = "2, 1", expect = ACCEPTABLE, desc = "It was asked too early, and saw the flag.")
  @Outcome(expect = FORBIDDEN, desc = "The cancel is lost on the way.")
  @State
  public static class SendingOnAgainstCancel {
    private final Above above = new Above();

    /// The driver.
    @Actor
    public void driver() {
      ReceivedRequest received = above.received();
      received.formatUsingCurrentType();
      received.setCompletionRoutine((sent, target, result) -> {});
      received.send(above.below);
    }

    /// The canceller.
    @Actor
    public void canceller() {
      above.request.cancelSent();
    }

    /// Afterwards.
    @Arbiter
    public void after(II_Result r) {
      above.result(r);
    }
  }

  /// The same while the target below is stopped: it holds nothing back that is cancelled.
  @JCStressTest
  @Description("sending on to a stopped target against cancel: not held back for ever (R-311)")
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "Refused: the cancel came before.")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "Accepted, and ended as cancelled.")
  @Outcome(expect = FORBIDDEN, desc = "It is held back although it is cancelled, or ended twice.")
  @State
  public static class HoldingAgainstCancel {
    private final Above above = new Above();
    private final AtomicInteger routines = new AtomicInteger();
    private boolean isSent;

    /// Stopped.
    public HoldingAgainstCancel() {
      above.below.stop(SentIoAction.LEAVE_PENDING);
    }

    /// The driver.
    @Actor
    public void driver() {
      ReceivedRequest received = above.received();
      received.formatUsingCurrentType();
      received.setCompletionRoutine((sent, target, result) -> routines.incrementAndGet());
      isSent = received.send(above.below);
    }

    /// The canceller.
    @Actor
    public void canceller() {
      above.request.cancelSent();
    }

    /// Afterwards.
    @Arbiter
    public void after(II_Result r) {
      r.r1 = above.below.requestsHeld();
      r.r2 = isSent ? routines.get() : -routines.get();
    }
  }
}
