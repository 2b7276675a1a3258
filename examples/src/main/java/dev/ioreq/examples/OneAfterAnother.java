package dev.ioreq.examples;

import dev.ioreq.CompletionParameters;
import dev.ioreq.CompletionRoutine;
import dev.ioreq.DeviceConfig;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoMisuseException;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.ReceivedRequest;
import java.util.List;
import java.util.function.Consumer;

/// A device that writes the same data to several targets, one after another, with the one request
/// it received: a journal first, then the copies.
///
/// The order for each target is: change target, format, register the routine, send. Changing the
/// target throws the old formatting away, so it comes first; a routine is called once, so it is
/// registered each time. The targets may lie in other stacks: the device announces them when it is
/// made, so that packets come with enough frames.
///
/// @see "WdfRequestChangeTarget"
public final class OneAfterAnother {
  private final List<IoTarget> targets;

  private OneAfterAnother(List<IoTarget> targets) {
    this.targets = List.copyOf(targets);
  }

  /// Makes the device.
  ///
  /// @param targets where writes go, in this order
  /// @return the device
  static IoDevice over(List<IoTarget> targets) {
    OneAfterAnother driver = new OneAfterAnother(targets);
    DeviceConfig config = IoDevice.function("one-after-another");
    targets.forEach(config::forwardsTo);
    return config
        .queue(
            IoQueue.parallel()
                .onWrite((queue, request, length) ->
                    driver.new Tour(request, request.retrieveInput(length)).next()))
        .alone();
  }

  /// One write on its way from target to target.
  private final class Tour implements CompletionRoutine {
    private final ReceivedRequest request;
    private final IoMemory data;
    private int stops;

    Tour(ReceivedRequest request, IoMemory data) {
      this.request = request;
      this.data = data;
    }

    void next() {
      IoTarget target = targets.get(stops++);
      try {
        request.changeTarget(target);
        target.formatWrite(request, data, request.deviceOffset());
      } catch (IoMisuseException e) { // closed, or deeper than was announced
        request.complete(e.status(), 0);
        return;
      }
      request.setCompletionRoutine(this);
      if (!request.send(target)) {
        request.complete(request.status(), 0);
      }
    }

    @Override
    public void completed(IoRequest sent, IoTarget target, CompletionParameters result) {
      if (result.status().isSuccess() && stops < targets.size()) {
        next();
      } else { // after the last, or at the first that failed
        request.complete(result.status(), result.information());
      }
    }
  }

  /// Writes to three disks.
  ///
  /// @param args none
  /// @throws IoRequestException if it fails
  public static void main(String[] args) throws IoRequestException {
    Consumer<String> print = System.out::println;
    try (IoDevice journal = RamDisk.create(4096);
        IoDevice left = RamDisk.create(4096);
        IoDevice right = RamDisk.create(4096);
        IoDevice logged = LogFilter.above(IoTarget.to(right), print);
        IoTarget first = IoTarget.to(journal);
        IoTarget second = IoTarget.to(left);
        IoTarget third = IoTarget.to(logged); // two devices deep
        IoDevice all = over(List.of(first, second, third));
        IoTarget target = IoTarget.to(all);
        IoMemory block = IoMemory.allocate(512)) {
      System.out.println("wrote " + target.sendWriteSynchronously(block, 1024) + " bytes");
      for (IoTarget each : List.of(first, second, third)) {
        IoStatus status = read(each, block);
        System.out.println(each.name() + ": " + status.name());
      }
    }
  }

  private static IoStatus read(IoTarget target, IoMemory block) {
    try {
      target.sendReadSynchronously(block, 1024);
      return IoStatus.SUCCESS;
    } catch (IoRequestException e) {
      return e.status();
    }
  }
}
