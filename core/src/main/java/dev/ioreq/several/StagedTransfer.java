package dev.ioreq.several;

import dev.ioreq.CompletionParameters;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.DeviceInfo;
import dev.ioreq.IoMemory;
import dev.ioreq.IoMisuseException;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.ReceivedRequest;
import dev.ioreq.SendOptions;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A read or write of any length over a target that moves only so much at a time: one request, sent
/// again from its own completion routine until all is moved.
///
/// ```java
/// StagedTransfer transfer = new StagedTransfer(target, 64 << 10);
/// transfer.formatRead(memory, 0, 0, offset);
/// transfer.start((status, information) -> ...);
/// ```
///
/// **Effect.** Each stage moves the next window of the memory, at the next place of the device. A
/// stage that moves less than its window is continued with the remainder. The transfer ends with
/// the first of these: all is moved, success; a stage fails or is refused, its status; a stage
/// moves nothing, success; a cancel came, cancelled unless nothing was left to do. The information
/// is what was moved till then, that of a failed stage included.
///
/// [IoStatus#END_OF_FILE] of a stage after others that moved something is the end of the data, and
/// success: as with one read, fewer bytes mean that the end was reached.
///
/// **Carrier.** The stages go with a request of the transfer's own, which is reused at the end, so
/// that no reference on memory is left when the end routine is entered. Or with one of the
/// caller's, a received request usually ([#carriedBy(IoRequest)]): that one is formatted and sent,
/// and never reused. A cancel that its originator asked for ends the transfer before the next
/// stage, and what it holds is released by completing, reusing or closing it.
///
/// **Memory.** The request holds a reference from formatting to the end, through all stages.
///
/// **Threading.** Formatting and starting need one thread at a time; [#cancel()] and [#close()] may
/// be called from any thread, at any time. However many stages complete at once, the stack does not
/// grow: at most 16 routines nest. Where the end routine runs: see [EndRoutine].
///
/// @see "R-120, R-349, S-23 to S-26"
public final class StagedTransfer implements AutoCloseable {
  /*
   * The states are those of Parties: IDLE, PREPARED (formatted), RUNNING. A transfer is one party from its start to its
   * end, so a canceller can join between two stages too.
   *
   *   start ▸ begin(1) ▸ stage ──▶ routine ─ rest, not cancelled ─▶ stage …
   *                        │          └ moved all, failed, nothing moved, cancelled ─▶ leave(1)
   *                        └ refused ────────────────────────────────────────────────▶ leave(1)
   *
   * A cancel sets the flag with the step that joins, then asks the request. So it meets one of these:
   *
   *   a stage in flight        the cancel is delivered; or the device refuses it, and the routine finds the flag
   *   between two stages       the routine finds the flag, or, if it has looked already, the send finds the mark that the
   *                            request got: the request is not reused between stages
   *   after the last           nothing; a mark is gone by the next transfer, which reuses the request while no canceller is
   *                            a party
   *
   * done, stageBytes, endStatus are handed on from stage to stage by the request: written before a send, read in its
   * routine. Who leaves last reads them after the CAS on Parties.
   */
  private final Parties parties = new Parties("staged transfer");
  private final InlineStarts inlineStarts = new InlineStarts();
  private final CompletionRoutine stageRoutine = this::stageEnded;
  private final IoTarget target;
  private final long mostBytes;
  private final IoRequest own;

  // the owner's until the start, then constant
  private IoRequest carrier;
  private IoMemory memory = IoMemory.none();
  private boolean isFormatted;
  private boolean isRead;
  private long windowOffset;
  private long lengthBytes;
  private long deviceOffset;
  private SendOptions options = SendOptions.none();
  private @Nullable EndRoutine routine;

  // the thread's that carries the transfer on; see above
  private long doneBytes;
  private long stageBytes;
  private IoStatus endStatus = IoStatus.SUCCESS;

  /// A transfer in stages as large as the target's device allows.
  ///
  /// @param target an open target
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_STATE] if the target is closed
  public StagedTransfer(IoTarget target) {
    this(target, mostBytes(target.info()));
  }

  /// A transfer in stages of a size.
  ///
  /// @param target an open target
  /// @param stageBytes the most that one stage moves, at least 1; a multiple of what the target's
  ///   device wants lengths to be a multiple of
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_STATE] if the target is closed
  public StagedTransfer(IoTarget target, long stageBytes) {
    if (stageBytes < 1) {
      throw new IllegalArgumentException("stages of " + stageBytes + " bytes; the least is 1");
    }
    this.target = target;
    mostBytes = stageBytes;
    own = IoRequest.create(target);
    carrier = own;
  }

  private static long mostBytes(DeviceInfo info) {
    long most = info.maximumTransferBytes();
    return Math.max(1, most - most % info.offsetAlignmentBytes());
  }

  // ------------------------------------------------------------------ formatting

  /// Says which request carries the next transfer, in place of the transfer's own. Before
  /// formatting.
  ///
  /// @param request owned by the caller and not in flight: a received request, or a created one
  ///   that was reused
  /// @return this
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_REQUEST] if the transfer is running or
  ///   closed
  public StagedTransfer carriedBy(IoRequest request) {
    Objects.requireNonNull(request, "request");
    prepare();
    carrier = request;
    return this;
  }

  /// Prepares a read into a window of a memory. What was prepared before is replaced.
  ///
  /// @param output receives the bytes
  /// @param windowOffset where the window begins, in bytes from 0
  /// @param windowLength how long it is; 0 for all from the offset on
  /// @param deviceOffset where on the device to begin, in bytes from 0
  /// @throws IoMisuseException as formatting throws; [IoStatus#INVALID_DEVICE_REQUEST] if the
  ///   transfer is running or closed. Nothing is prepared then
  public void formatRead(IoMemory output, long windowOffset, long windowLength, long deviceOffset) {
    format(true, output, windowOffset, windowLength, deviceOffset);
  }

  /// Prepares a write of a window of a memory. What was prepared before is replaced.
  ///
  /// @param input gives the bytes
  /// @param windowOffset where the window begins, in bytes from 0
  /// @param windowLength how long it is; 0 for all from the offset on
  /// @param deviceOffset where on the device to begin, in bytes from 0
  /// @throws IoMisuseException as for reads
  public void formatWrite(IoMemory input, long windowOffset, long windowLength, long deviceOffset) {
    format(false, input, windowOffset, windowLength, deviceOffset);
  }

  private void prepare() {
    if (parties.prepare()) {
      own.reuse(); // a cancel that came late to the last transfer may have left a mark
      carrier = own;
      isFormatted = false;
    }
  }

  private void format(
      boolean isRead, IoMemory memory, long windowOffset, long windowLength, long deviceOffset) {
    prepare();
    isFormatted = false;
    long size = memory.sizeBytes();
    try {
      if (windowOffset < 0
          || windowLength < 0
          || windowOffset > size
          || windowLength > size - windowOffset) {
        throw new IoMisuseException(
            IoStatus.INTEGER_OVERFLOW,
            "the window of %d bytes at offset %d leads beyond the memory of %d bytes"
                .formatted(windowLength, windowOffset, size));
      }
      this.isRead = isRead;
      this.memory = memory;
      this.windowOffset = windowOffset;
      this.deviceOffset = deviceOffset;
      lengthBytes = windowLength == 0 ? size - windowOffset : windowLength;
      doneBytes = 0;
      formatStage();
      isFormatted = true;
    } finally {
      if (!isFormatted) {
        parties.forget();
      }
    }
  }

  private void formatStage() {
    stageBytes = Math.min(mostBytes, lengthBytes - doneBytes);
    long window = windowOffset + doneBytes;
    long place = deviceOffset + doneBytes;
    if (isRead) {
      target.formatRead(carrier, memory, window, stageBytes, place);
    } else {
      target.formatWrite(carrier, memory, window, stageBytes, place);
    }
  }

  /// Forgets what was prepared; the transfer's own request gives its reference on the memory back.
  /// Does nothing if nothing was prepared.
  ///
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_REQUEST] if it is running
  public void reuse() {
    if (parties.forget()) {
      own.reuse();
    }
  }

  // ------------------------------------------------------------------ a transfer

  /// Sends the first stage; the others follow by themselves.
  ///
  /// @param routine is called once, when the transfer has ended; often before this method returns
  /// @throws IoMisuseException as the other form
  public void start(EndRoutine routine) {
    start(routine, SendOptions.none());
  }

  /// Sends the first stage; the others follow by themselves.
  ///
  /// @param routine is called once, when the transfer has ended; often before this method returns
  /// @param options of every stage: a timeout counts for each of them, a deadline for all together;
  ///   not synchronous, not send and forget
  /// @throws IoMisuseException [IoStatus#REQUEST_NOT_ACCEPTED] if nothing is prepared,
  ///   [IoStatus#INVALID_DEVICE_REQUEST] if it is running or closed, [IoStatus#INVALID_PARAMETER]
  ///   for options that do not fit; the routine is not called then
  public void start(EndRoutine routine, SendOptions options) { // hot path: SeveralAllocationTest
    Objects.requireNonNull(routine, "routine");
    if (options.isSynchronous() || options.isSendAndForget()) {
      throw new IoMisuseException(
          IoStatus.INVALID_PARAMETER, "a stage is sent asynchronously, and not forgotten");
    }
    if (parties.prepare() || !isFormatted) {
      reuse();
      throw new IoMisuseException(
          IoStatus.REQUEST_NOT_ACCEPTED,
          "the staged transfer has nothing to send; format it first");
    }
    this.routine = routine;
    this.options = options;
    parties.begin(1);
    if (!inlineStarts.isLeftToOuter()) {
      boolean isAgain;
      do {
        isAgain = sendFirst();
      } while (isAgain);
    }
  }

  /// Sends the first stage.
  ///
  /// @return whether the transfer ended in here, and its end routine has begun the next one
  private boolean sendFirst() {
    IoStatus refusal = isCancelled() ? IoStatus.CANCELLED : send();
    return !refusal.equals(IoStatus.PENDING) && end(refusal, true);
  }

  /// Whether no further stage is to be sent. While a received request is between two stages nobody
  /// below would notice its originator's cancel.
  private boolean isCancelled() {
    return parties.isCancelled()
        || (carrier instanceof ReceivedRequest received && received.isCanceled());
  }

  /// Sends the stage that is formatted.
  ///
  /// @return pending if it was accepted, and then it may have ended already; else why not
  private IoStatus send() {
    IoRequest request = carrier;
    try {
      request.setCompletionRoutine(stageRoutine);
      return request.send(target, options) ? IoStatus.PENDING : request.status();
    } catch (IoMisuseException e) {
      return e.status(); // the request was used for something else, which is not ours to wait for
    }
  }

  private void stageEnded(IoRequest request, IoTarget target, CompletionParameters result) {
    IoStatus status = result.status();
    long movedBytes = Math.min(result.information(), stageBytes);
    doneBytes += movedBytes;
    if (!status.isSuccess()) {
      boolean isEndOfData = isRead && doneBytes > 0 && status.equals(IoStatus.END_OF_FILE);
      end(isEndOfData ? IoStatus.SUCCESS : status, false);
    } else if (doneBytes == lengthBytes || movedBytes == 0) {
      end(IoStatus.SUCCESS, false);
    } else if (isCancelled()) {
      end(IoStatus.CANCELLED, false);
    } else {
      IoStatus refusal = sendNext();
      if (!refusal.equals(IoStatus.PENDING)) {
        end(refusal, false);
      }
    }
  }

  private IoStatus sendNext() {
    try {
      formatStage();
    } catch (IoMisuseException e) {
      return e.status(); // the target was closed between two stages
    }
    return send();
  }

  /// Asks for the cancel of the transfer: of the stage in flight, and of those to come. Before the
  /// start it lets the start end as cancelled, with nothing sent.
  ///
  /// The end routine may run inside this call. A stage whose device cannot cancel it is waited for.
  ///
  /// @return whether there was something to cancel
  public boolean cancel() {
    return switch (parties.cancel()) {
      case NOTHING -> false;
      case NOTED -> true;
      case JOINED -> {
        carrier.cancelSent();
        leave(false);
        yield true;
      }
    };
  }

  private boolean end(IoStatus status, boolean isInsideStart) {
    endStatus = status;
    return leave(isInsideStart);
  }

  /// A party leaves; the last one ends the transfer.
  ///
  /// @return whether the end routine has begun the next one, which is the caller's to send then;
  ///   only inside a start
  private boolean leave(boolean isInsideStart) {
    EndRoutine ended;
    IoStatus status;
    long information;
    do {
      if (parties.tryLeave(1)) {
        return false;
      }
      ended = Objects.requireNonNull(routine);
      status = endStatus;
      information = doneBytes;
      own.reuse();
    } while (!parties.tryEnd(1));
    if (parties.isClosed()) {
      own.close();
    }
    if (isInsideStart) {
      return inlineStarts.callInside(ended, status, information);
    }
    InlineStarts.call(ended, status, information);
    return false;
  }

  /// Releases the transfer's own request. A transfer under way goes on, and ends as it would; then
  /// it is released. Does nothing the second time.
  @Override
  public void close() {
    if (parties.close()) {
      own.close();
    }
  }

  @Override
  public String toString() {
    return parties + ", " + doneBytes + " of " + lengthBytes + " bytes";
  }
}
