package dev.ioreq;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.nio.ByteBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/// A request that its owner sends while another thread closes it.
public final class RequestStress {
  private RequestStress() {}

  /// Ends everything at once, well.
  private static final class AtOnce extends StressDevice {
    @Override
    public void dispatch(Packet packet) {
      packet.complete(IoStatus.SUCCESS, 0);
    }
  }

  /// A request and its target.
  private static final class Scene {
    private final IoTarget target = IoTarget.over("stress", new AtOnce());
    private final IoRequest request = IoRequest.create(target);

    /// What becomes of a send: 1 accepted, 2 refused as closed, 3 and 4 refused for another reason.
    private int send(SendOptions options) {
      try {
        return request.send(target, options) ? 1 : 3;
      } catch (IoMisuseException e) {
        return e.status().equals(IoStatus.INVALID_DEVICE_REQUEST) ? 2 : 4;
      }
    }
  }

  /// A send while the request is closed.
  @JCStressTest
  @Description("send against close: sent and ended first, or refused because it is closed")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "The send came first.")
  @Outcome(id = "2, 0", expect = ACCEPTABLE, desc = "The close came first, and the send said so.")
  @Outcome(expect = FORBIDDEN, desc = "Refused for another reason, or still counted by the target.")
  @State
  public static class SendAgainstClose {
    private final Scene scene = new Scene();

    /// Formats.
    public SendAgainstClose() {
      scene.target.formatRead(scene.request, IoMemory.none(), 0);
    }

    /// The owner.
    @Actor
    public void owner(II_Result r) {
      r.r1 = scene.send(SendOptions.none());
    }

    /// Another thread.
    @Actor
    public void closer() {
      scene.request.close();
    }

    /// Afterwards.
    @Arbiter
    public void after(II_Result r) {
      r.r2 = scene.target.requestsInFlight();
    }
  }

  /// A send that waits, of memory that has to be carried, while the request is closed.
  @JCStressTest
  @Description("synchronous send against close: sent and ended first, or refused as closed")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "The send came first.")
  @Outcome(id = "2, 0", expect = ACCEPTABLE, desc = "The close came first, and the send said so.")
  @Outcome(expect = FORBIDDEN, desc = "Refused for another reason, or still counted by the target.")
  @State
  public static class CarriedSendAgainstClose {
    private final Scene scene = new Scene();

    /// Formats.
    public CarriedSendAgainstClose() {
      scene.target.formatWrite(scene.request, IoMemory.wrap(ByteBuffer.allocate(8)), 0);
    }

    /// The owner.
    @Actor
    public void owner(II_Result r) {
      r.r1 = scene.send(SendOptions.synchronous());
    }

    /// Another thread.
    @Actor
    public void closer() {
      scene.request.close();
    }

    /// Afterwards.
    @Arbiter
    public void after(II_Result r) {
      r.r2 = scene.target.requestsInFlight();
    }
  }

  /// A send to a stopped target while the request is closed.
  @JCStressTest
  @Description("held send against close: held and ended by the purge, or refused as closed")
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "It was held, and the purge ended it.")
  @Outcome(id = "2, 0", expect = ACCEPTABLE, desc = "The close came first, and the send said so.")
  @Outcome(expect = FORBIDDEN, desc = "Refused for another reason, or lost, or held when closed.")
  @State
  public static class HeldSendAgainstClose {
    private final Scene scene = new Scene();
    private int ended;

    /// Formats, and stops the target.
    public HeldSendAgainstClose() {
      scene.target.stop(SentIoAction.LEAVE_PENDING);
      scene.target.formatRead(scene.request, IoMemory.none(), 0);
      scene.request.setCompletionRoutine((done, to, result) -> ended++);
    }

    /// The owner.
    @Actor
    public void owner(II_Result r) {
      r.r1 = scene.send(SendOptions.none());
    }

    /// Another thread.
    @Actor
    public void closer() {
      scene.request.close();
    }

    /// Afterwards.
    @Arbiter
    public void after(II_Result r) {
      scene.target.purge(PurgeAction.PURGE_AND_WAIT);
      r.r2 = ended + 10 * scene.target.requestsHeld() + 100 * scene.target.requestsInFlight();
    }
  }
}
