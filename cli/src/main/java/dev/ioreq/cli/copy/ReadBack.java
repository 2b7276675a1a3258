package dev.ioreq.cli.copy;

import dev.ioreq.Access;
import dev.ioreq.DeviceInfo;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Opens destinations to be read back, and judges what the reading found. Used by one thread.
final class ReadBack implements AutoCloseable {
  private final CopyPlan plan;
  private final long endBytes;
  private final BlockDigests expected;
  private final List<VerifyPass.Candidate> candidates = new ArrayList<>();

  ReadBack(CopyPlan plan, long endBytes, BlockDigests expected) {
    this.plan = plan;
    this.endBytes = endBytes;
    this.expected = expected;
  }

  /// Opens a file or device anew, past the cache if it can be: what comes from a cache proves less.
  void add(Destination destination) {
    IoTarget written = destination.requireTarget();
    String kind = written.info().kind();
    if (!kind.equals("file") && !kind.equals("block")) {
      candidates.add(candidate(destination, written, true));
      return;
    }
    Optional<IoTarget> direct = openDirect(destination);
    if (direct.isPresent()) {
      candidates.add(candidate(destination, direct.get(), direct.get().info().isDirect()));
      return;
    }
    try {
      candidates.add(candidate(destination, IoTarget.open(destination.name(), options()), false));
    } catch (IoRequestException e) {
      destination.verificationProblem = String.valueOf(e.getMessage());
    }
  }

  private VerifyPass.Candidate candidate(
      Destination destination, IoTarget target, boolean isFromDevice) {
    long blocks = Math.ceilDiv(plan.lengthBytes(), plan.blockSizeBytes());
    return new VerifyPass.Candidate(destination, target, isFromDevice, new BlockDigests(blocks));
  }

  private OpenOptions options() {
    OpenOptions options = OpenOptions.of(Access.READ);
    String engine = plan.options().engine();
    return engine.isEmpty() ? options : options.withEngine(engine);
  }

  /// Empty where the file system or the block size does not allow it.
  private Optional<IoTarget> openDirect(Destination destination) {
    IoTarget target;
    try {
      target = IoTarget.open(destination.name(), options().withDirect());
    } catch (IoRequestException e) {
      return Optional.empty();
    }
    DeviceInfo info = target.info();
    if (plan.blockSizeBytes() % info.offsetAlignmentBytes() == 0
        && plan.memoryAlignment() % info.memoryAlignmentBytes() == 0) {
      return Optional.of(target);
    }
    target.close();
    return Optional.empty();
  }

  boolean hasCandidates() {
    return !candidates.isEmpty();
  }

  VerifyPass pass() {
    return new VerifyPass(plan, candidates, endBytes);
  }

  /// Says for each candidate whether it is equal. When the pass has ended by itself.
  void judge() {
    for (VerifyPass.Candidate candidate : candidates) {
      Destination destination = candidate.destination;
      String failure = candidate.failure();
      if (failure != null) {
        destination.verificationProblem = failure;
        continue;
      }
      long block = expected.firstDifference(candidate.digests);
      if (block < 0) {
        destination.verification =
            candidate.isFromDevice ? Verification.EQUAL : Verification.EQUAL_FROM_CACHE;
      } else {
        long from = block * plan.blockSizeBytes();
        long length = Math.min(endBytes - from, plan.blockSizeBytes() * expected.blocksPerEntry());
        destination.verification = Verification.DIFFERENT;
        destination.verificationProblem =
            "it differs from the source somewhere in the %d bytes from offset %d on"
                .formatted(length, from);
      }
    }
  }

  @Override
  public void close() {
    for (VerifyPass.Candidate candidate : candidates) {
      if (candidate.target != candidate.destination.target()) {
        candidate.target.close();
      }
    }
  }
}
