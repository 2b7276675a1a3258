package dev.ioreq.several;

import dev.ioreq.CompletionParameters;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.IoMemory;
import dev.ioreq.IoMisuseException;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.SendOptions;
import dev.ioreq.lock.FieldHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One operation carried out by several requests in flight at the same time: a transfer split into
/// windows of one memory, the same bytes written to several targets, or any mixture.
///
/// ```java
/// FanOut fanOut = new FanOut(targets.size(), Gathering.LEAST);
/// for (IoTarget target : targets) {
///   fanOut.addWrite(target, memory, 0, 0, offset);
/// }
/// fanOut.start((status, information) -> received.complete(status, information));
/// ```
///
/// **Effect.** Children are added, and then started together: each is sent to its target, whatever
/// becomes of the others. One that its target refuses counts as one that failed with the reason.
/// When all have ended their references on memory are given back, and the end routine is called,
/// once. Then the fan-out may be filled and started again; the requests are kept, and nothing is
/// allocated.
///
/// **Status and information.** The failure that came first in time, else success; the informations
/// as [Gathering] says. [#status(int)] and [#information(int)] tell of each child.
///
/// **States of targets.** A child at a stopped target is held there, and the whole waits for it.
///
/// **Threading.** Filling and starting need one thread at a time; [#cancel()] and [#close()] may be
/// called from any thread, at any time. Where the end routine runs: see [EndRoutine].
///
/// @see "R-348, R-350 to R-359; WDF: completing I/O requests, splitting a request"
public final class FanOut implements AutoCloseable {
  /*
   * The states are those of Parties: IDLE, PREPARED (being filled), RUNNING.
   *
   *   start:  routines set ▸ begin(k) ▸ send 0 … send k-1 ▸ leave for those refused, together
   *                                       └ routine of child 0, perhaps before child 1 is sent: leave
   *
   * begin counts all children before the first is sent. While a child has not been sent, or was refused and not left yet,
   * it is a party; so the loop over the children belongs to one round. After the last send, if none was refused, the
   * round may be over and the fan-out refilled by another thread: nothing is touched any more.
   *
   * A cancel joins, and asks every child. What it finds of a child:
   *
   *   not sent yet    its request is marked, and the send is refused as cancelled     
   *   in flight       the cancel is delivered, or the device completes it in its time
   *   ended           its request is marked; the mark is gone by the next round, because add reuses the request, and no
   *                   canceller of this round is a party then
   *
   * A child's status and information are written by the thread that ends it, before it leaves, and read by the last
   * party. firstFailed is the one field they share: set once a round by a CAS, so that the first in time wins.
   */
  private static final int NONE = 0;
  private static final long ANY_LENGTH = -1;

  private static final VarHandle FIRST_FAILED =
      FieldHandle.of(MethodHandles.lookup(), "firstFailed", int.class);

  private final Parties parties = new Parties("fan-out");
  private final InlineStarts inlineStarts = new InlineStarts();
  private final Gathering gathering;
  private final Child[] children;

  private int count; // the owner's while it fills, constant while a round runs
  private @Nullable EndRoutine routine; // likewise
  private volatile int firstFailed = NONE; // index of the child plus 1

  /// A fan-out with nothing in it.
  ///
  /// @param mostChildren how many requests it can send at the same time, 1..4096; they are made now
  /// @param gathering how one information is made of many
  public FanOut(int mostChildren, Gathering gathering) {
    Parties.checkSends(mostChildren);
    this.gathering = Objects.requireNonNull(gathering, "gathering");
    children = new Child[mostChildren];
    for (int i = 0; i < mostChildren; i++) {
      children[i] = new Child(i);
    }
  }

  // ------------------------------------------------------------------ filling

  /// Adds a read into a window of a memory.
  ///
  /// @param target where to
  /// @param output receives the bytes; see [IoTarget#formatRead(IoRequest, IoMemory, long, long,
  ///   long)]
  /// @param windowOffset where the window begins, in bytes from 0
  /// @param windowLength how long it is; 0 for all from the offset on
  /// @param deviceOffset where on the device to begin, in bytes from 0
  /// @throws IoMisuseException as formatting throws, and as [#add(IoTarget, SendOptions)]; then it
  ///   is not added
  public void addRead(
      IoTarget target, IoMemory output, long windowOffset, long windowLength, long deviceOffset) {
    addRead(target, output, windowOffset, windowLength, deviceOffset, SendOptions.none());
  }

  /// Adds a read with options of its own.
  ///
  /// @param target where to
  /// @param output receives the bytes
  /// @param windowOffset where the window begins, in bytes from 0
  /// @param windowLength how long it is; 0 for all from the offset on
  /// @param deviceOffset where on the device to begin, in bytes from 0
  /// @param options timeout, and whether to ignore the target's state
  /// @throws IoMisuseException as the other form
  public void addRead(
      IoTarget target,
      IoMemory output,
      long windowOffset,
      long windowLength,
      long deviceOffset,
      SendOptions options) {
    IoRequest request = add(target, options);
    boolean isFormatted = false;
    try {
      target.formatRead(request, output, windowOffset, windowLength, deviceOffset);
      isFormatted = true;
    } finally {
      formatted(isFormatted, output, windowOffset, windowLength);
    }
  }

  /// Adds a write of a window of a memory.
  ///
  /// @param target where to
  /// @param input gives the bytes; see [IoTarget#formatWrite(IoRequest, IoMemory, long, long,
  ///   long)]
  /// @param windowOffset where the window begins, in bytes from 0
  /// @param windowLength how long it is; 0 for all from the offset on
  /// @param deviceOffset where on the device to begin, in bytes from 0
  /// @throws IoMisuseException as formatting throws, and as [#add(IoTarget, SendOptions)]; then it
  ///   is not added
  public void addWrite(
      IoTarget target, IoMemory input, long windowOffset, long windowLength, long deviceOffset) {
    addWrite(target, input, windowOffset, windowLength, deviceOffset, SendOptions.none());
  }

  /// Adds a write with options of its own.
  ///
  /// @param target where to
  /// @param input gives the bytes
  /// @param windowOffset where the window begins, in bytes from 0
  /// @param windowLength how long it is; 0 for all from the offset on
  /// @param deviceOffset where on the device to begin, in bytes from 0
  /// @param options timeout, and whether to ignore the target's state
  /// @throws IoMisuseException as the other form
  public void addWrite(
      IoTarget target,
      IoMemory input,
      long windowOffset,
      long windowLength,
      long deviceOffset,
      SendOptions options) {
    IoRequest request = add(target, options);
    boolean isFormatted = false;
    try {
      target.formatWrite(request, input, windowOffset, windowLength, deviceOffset);
      isFormatted = true;
    } finally {
      formatted(isFormatted, input, windowOffset, windowLength);
    }
  }

  private void formatted(
      boolean isFormatted, IoMemory memory, long windowOffset, long windowLength) {
    if (isFormatted) {
      children[count - 1].lengthBytes =
          windowLength == 0 ? memory.sizeBytes() - windowOffset : windowLength;
    } else {
      count--;
    }
  }

  /// Adds a child of another kind: a device control, say.
  ///
  /// @param target where it will be sent
  /// @param options timeout, and whether to ignore the target's state; not synchronous, not send
  ///   and forget
  /// @return the child's request, to be formatted for the target before the start, and for nothing
  ///   else; one that is not formatted fails with [IoStatus#REQUEST_NOT_ACCEPTED]
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_REQUEST] if the fan-out is running or
  ///   closed, [IoStatus#INSUFFICIENT_RESOURCES] if it is full, [IoStatus#INVALID_PARAMETER] for
  ///   options that do not fit
  public IoRequest add(IoTarget target, SendOptions options) {
    Objects.requireNonNull(target, "target");
    if (options.isSynchronous() || options.isSendAndForget()) {
      throw new IoMisuseException(
          IoStatus.INVALID_PARAMETER,
          "a child of a fan-out is sent asynchronously, and not forgotten");
    }
    if (parties.prepare()) {
      count = 0;
    }
    if (count == children.length) {
      throw new IoMisuseException(
          IoStatus.INSUFFICIENT_RESOURCES,
          "the fan-out has %d requests, and all are in use".formatted(count));
    }
    Child child = children[count];
    child.request.reuse();
    child.target = target;
    child.options = options;
    child.lengthBytes = ANY_LENGTH;
    count++;
    return child.request;
  }

  /// Forgets what was added since the last round, and gives the references on memory back. Does
  /// nothing if nothing was.
  ///
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_REQUEST] if it is running
  public void reuse() {
    if (parties.forget()) {
      release();
      count = 0;
    }
  }

  // ------------------------------------------------------------------ a round

  /// Sends what was added.
  ///
  /// @param routine is called once, when all of it has ended; often before this method returns
  /// @throws IoMisuseException [IoStatus#REQUEST_NOT_ACCEPTED] if nothing was added,
  ///   [IoStatus#INVALID_DEVICE_REQUEST] if it is running or closed; the routine is not called then
  public void start(EndRoutine routine) { // hot path: see SeveralAllocationTest
    Objects.requireNonNull(routine, "routine");
    if (parties.prepare() || count == 0) {
      reuse();
      throw new IoMisuseException(
          IoStatus.REQUEST_NOT_ACCEPTED, "the fan-out has nothing to send; add children first");
    }
    this.routine = routine;
    firstFailed = NONE;
    for (int i = 0; i < count; i++) {
      children[i].request.setCompletionRoutine(children[i]);
    }
    parties.begin(count);
    if (!inlineStarts.isLeftToOuter()) {
      boolean isAgain;
      do {
        isAgain = sendAll();
      } while (isAgain);
    }
  }

  /// Sends the children of a round that has begun.
  ///
  /// @return whether the round ended in here, and its end routine has begun the next one
  private boolean sendAll() {
    int sends = count;
    boolean isCancelled = parties.isCancelled();
    int refused = 0;
    for (int i = 0; i < sends; i++) {
      IoStatus refusal = isCancelled ? IoStatus.CANCELLED : children[i].send();
      if (!refusal.equals(IoStatus.PENDING)) {
        children[i].end(refusal, 0);
        refused++;
      }
    }
    // with none refused the round may be over by now, and another one be under way
    return refused > 0 && leave(refused, true);
  }

  /// Asks for the cancel of every child that has not ended. Before the start it lets the start end
  /// as cancelled, with nothing sent.
  ///
  /// The end routine may run inside this call. It runs when every child has ended: for one whose
  /// device cannot cancel it, when the device completes it.
  ///
  /// @return whether there was something to cancel
  public boolean cancel() {
    return switch (parties.cancel()) {
      case NOTHING -> false;
      case NOTED -> true;
      case JOINED -> {
        for (int i = 0; i < count; i++) {
          children[i].request.cancelSent();
        }
        leave(1, false);
        yield true;
      }
    };
  }

  /// Parties leave; the last ones end the round.
  ///
  /// @return whether the end routine has begun the next round, which is the caller's to send then;
  ///   only inside a start
  private boolean leave(int leaving, boolean isInsideStart) {
    EndRoutine ended;
    IoStatus status;
    long information;
    do {
      if (parties.tryLeave(leaving)) {
        return false;
      }
      ended = Objects.requireNonNull(routine);
      information = gatheredInformation();
      status = gatheredStatus(information);
      release();
    } while (!parties.tryEnd(leaving));
    if (parties.isClosed()) {
      dispose();
    }
    if (isInsideStart) {
      return inlineStarts.callInside(ended, status, information);
    }
    InlineStarts.call(ended, status, information);
    return false;
  }

  private void release() {
    for (int i = 0; i < count; i++) {
      children[i].request.reuse();
    }
  }

  private IoStatus gatheredStatus(long information) {
    int first = firstFailed;
    if (first != NONE) {
      return children[first - 1].status;
    }
    boolean isAtEnd = information == 0 && children[0].status.equals(IoStatus.END_OF_FILE);
    return isAtEnd ? IoStatus.END_OF_FILE : IoStatus.SUCCESS;
  }

  private long gatheredInformation() {
    long gathered = children[0].information;
    switch (gathering) {
      case SUM -> {
        for (int i = 1; i < count; i++) {
          gathered += children[i].information;
        }
      }
      case LEAST -> {
        for (int i = 1; i < count; i++) {
          gathered = Math.min(gathered, children[i].information);
        }
      }
      case CONTIGUOUS_PREFIX -> {
        for (int i = 1; i < count && children[i - 1].isWhole(); i++) {
          gathered += children[i].information;
        }
      }
    }
    return gathered;
  }

  // ------------------------------------------------------------------ what became of the children

  /// How many children were added for the round under way, or the last one.
  ///
  /// @return a count from 0
  public int count() {
    return count;
  }

  /// How a child ended. Valid from the end routine on, until a child is added for the next round.
  ///
  /// @param child in the order of adding, from 0
  /// @return its status; of one that was refused, why
  public IoStatus status(int child) {
    return children[Objects.checkIndex(child, count)].status;
  }

  /// How much a child moved. Valid as its status is.
  ///
  /// @param child in the order of adding, from 0
  /// @return its information
  public long information(int child) {
    return children[Objects.checkIndex(child, count)].information;
  }

  /// Releases the requests. A round under way goes on, and ends as it would; then they are
  /// released. Does nothing the second time.
  @Override
  public void close() {
    if (parties.close()) {
      dispose();
    }
  }

  private void dispose() {
    for (Child child : children) {
      child.request.close();
    }
  }

  @Override
  public String toString() {
    return parties.toString();
  }

  /// One of the requests, and what became of it.
  private final class Child implements CompletionRoutine {
    private final int index;
    private final IoRequest request = IoRequest.create();

    private @Nullable IoTarget target; // the owner's while it fills
    private SendOptions options = SendOptions.none(); // likewise
    private long lengthBytes; // likewise; ANY_LENGTH for all but reads and writes

    private IoStatus status = IoStatus.SUCCESS; // who ends it, before leaving; see above
    private long information; // likewise

    private Child(int index) {
      this.index = index;
    }

    /// Sends it: pending if it was accepted, else why not.
    private IoStatus send() {
      try {
        return request.send(Objects.requireNonNull(target), options)
            ? IoStatus.PENDING
            : request.status();
      } catch (IoMisuseException e) {
        return e.status(); // its request was used for something else, which is not ours to wait for
      }
    }

    @Override
    public void completed(IoRequest request, IoTarget target, CompletionParameters result) {
      end(result.status(), result.information());
      leave(1, false);
    }

    private void end(IoStatus status, long information) {
      this.status = status;
      this.information = information;
      if (!status.isSuccess() && !isEndOfData(status)) {
        FIRST_FAILED.compareAndSet(FanOut.this, NONE, index + 1);
      }
    }

    private boolean isEndOfData(IoStatus status) {
      return gathering == Gathering.CONTIGUOUS_PREFIX && status.equals(IoStatus.END_OF_FILE);
    }

    private boolean isWhole() {
      return status.isSuccess() && (lengthBytes == ANY_LENGTH || information >= lengthBytes);
    }
  }
}
