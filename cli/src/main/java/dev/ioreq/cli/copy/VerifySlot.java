package dev.ioreq.cli.copy;

import dev.ioreq.CompletionParameters;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import java.nio.ByteBuffer;

/// One block's worth of memory and the request that reads block after block of the destinations
/// back. Belongs to one thread, or to its request in flight.
///
/// ```
///   TAKE ──▶ READING ──▶ digest ──▶ TAKE …        no more, or stopped: RETIRED
///              │  ▲
///              └──┘ retry
/// ```
final class VerifySlot {
  private final VerifyPass pass;
  private final IoMemory memory;
  private final ByteBuffer buffer;
  private final IoRequest request = IoRequest.create();
  private final CompletionRoutine readEnded;
  private final BlockDigests.Digester digester = new BlockDigests.Digester();

  private VerifyPass.Candidate candidate;
  private long block;
  private long offset;
  private int wanted;
  private int retriesLeft;

  VerifySlot(VerifyPass pass, IoMemory memory) {
    this.pass = pass;
    this.memory = memory;
    readEnded = pass.guarded(this::readEnded);
    candidate = pass.candidateOf(0);
    buffer = memory.asByteBuffer();
  }

  void next() {
    while (true) {
      long unit = pass.take();
      if (unit < 0) {
        pass.slotRetires();
        return;
      }
      candidate = pass.candidateOf(unit);
      if (candidate.isReadable()) {
        block = pass.blockOf(unit);
        offset = block * pass.blockSizeBytes();
        wanted = (int) Math.min(pass.blockSizeBytes(), pass.endBytes() - offset);
        retriesLeft = pass.retries();
        send();
        return;
      }
    }
  }

  private void send() { // hot path
    if (pass.isStopping()) {
      pass.slotRetires();
      return;
    }
    long asked = Math.ceilDiv(wanted, candidate.unitBytes) * candidate.unitBytes;
    candidate.target.formatRead(request, memory, 0, asked, offset);
    request.setCompletionRoutine(readEnded);
    if (!request.send(candidate.target, pass.sendOptions())) {
      ended(request.status(), 0);
    }
  }

  private void readEnded(IoRequest request, IoTarget target, CompletionParameters result) {
    ended(result.status(), result.information());
  }

  private void ended(IoStatus status, long information) {
    if (status.isSuccess() || status.equals(IoStatus.END_OF_FILE)) {
      // Fewer bytes than were written give another digest, so they need no case of their own.
      int length = (int) Math.min(wanted, information);
      candidate.digests.add(block, length, digester.digest(buffer, length));
      pass.done(wanted);
      next();
    } else if (retriesLeft > 0 && !pass.isInterrupted()) {
      retriesLeft--;
      send();
    } else if (pass.isGivenUp(status)) {
      pass.slotRetires();
    } else {
      String what =
          "verifying read of %d bytes at offset %d of %s"
              .formatted(wanted, offset, candidate.destination.name());
      pass.failed(candidate, what, status);
      next();
    }
  }

  void cancel() {
    request.cancelSent();
  }

  void close() {
    request.close();
    memory.close();
  }
}
