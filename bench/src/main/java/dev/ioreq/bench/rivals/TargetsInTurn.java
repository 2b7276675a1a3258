package dev.ioreq.bench.rivals;

import dev.ioreq.CompletionParameters;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoTarget;
import java.util.ArrayList;
import java.util.List;

/// Ours, reads of the beginnings of many targets in turn, [#DEPTH] in flight.
public final class TargetsInTurn implements Rival {
  /// How many are in flight, and so the least that can be read.
  public static final int DEPTH = 32;

  private final List<Chain> chains = new ArrayList<>();
  private final InFlight inFlight = new InFlight();

  /// Requests to targets that are open.
  ///
  /// @param targets at least one; not closed with this
  /// @param bytes of each read
  public TargetsInTurn(List<IoTarget> targets, int bytes) {
    for (int first = 0; first < DEPTH; first++) {
      chains.add(new Chain(targets, first, bytes));
    }
  }

  @Override
  public void read(long first, long count) throws Exception {
    inFlight.begin(DEPTH);
    for (int i = 0; i < DEPTH; i++) {
      chains.get(i).begin(count / DEPTH + (i < count % DEPTH ? 1 : 0));
    }
    inFlight.await();
  }

  @Override
  public void close() {
    chains.forEach(Chain::close);
  }

  /// One read in flight: of every 32nd target, one after another, by requests of its own. So no
  /// request is wanted while it is in flight, however few targets there are.
  private final class Chain implements CompletionRoutine {
    private final List<IoRequest> requests = new ArrayList<>();
    private final List<IoTarget> targets = new ArrayList<>();
    private final IoMemory memory;
    private int turn;
    private long left;

    Chain(List<IoTarget> all, int first, int bytes) {
      memory = IoMemory.allocate(bytes);
      for (int i = first; i < Math.max(all.size(), DEPTH); i += DEPTH) {
        IoTarget target = all.get(i % all.size());
        targets.add(target);
        requests.add(IoRequest.create(target));
      }
    }

    void begin(long count) {
      left = count;
      next();
    }

    private void next() {
      if (left-- == 0) {
        inFlight.placeEnded();
        return;
      }
      IoTarget target = targets.get(turn);
      IoRequest request = requests.get(turn);
      turn = turn + 1 == requests.size() ? 0 : turn + 1;
      target.formatRead(request, memory, 0);
      request.setCompletionRoutine(this);
      if (!request.send(target)) {
        inFlight.placeFailed(new IllegalStateException("not sent: " + request.status()));
      }
    }

    @Override
    public void completed(IoRequest sent, IoTarget target, CompletionParameters result) {
      if (result.information() != memory.segment().byteSize()) {
        inFlight.placeFailed(new IllegalStateException("a read gives " + result));
        return;
      }
      next();
    }

    void close() {
      requests.forEach(IoRequest::close);
      memory.close();
    }
  }
}
