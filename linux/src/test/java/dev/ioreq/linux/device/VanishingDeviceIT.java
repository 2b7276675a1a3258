package dev.ioreq.linux.device;

import static dev.ioreq.linux.device.Wholes.MEBIBYTE;
import static dev.ioreq.linux.device.Wholes.pattern;
import static dev.ioreq.linux.device.Wholes.read;
import static dev.ioreq.linux.device.Wholes.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.TargetState;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.LoopDevice;
import dev.ioreq.linux.control.LinuxControl;
import dev.ioreq.linux.engine.RingTargets;
import dev.ioreq.testkit.Recorder;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/// Block devices that lose their medium, or go altogether.
@Tag("device")
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class VanishingDeviceIT {
  private static final int BLOCK = 4096;

  @TempDir private Path folder;

  private LoopDevice loop(Path file) throws IOException {
    RingTargets.needsRing();
    try (RandomAccessFile disk = new RandomAccessFile(file.toFile(), "rw")) {
      disk.setLength(8 * MEBIBYTE);
    }
    return LoopDevice.of(file);
  }

  @Test
  void readsOfAMediumThatIsGoneFail() throws IOException {
    Path file = folder.resolve("disk");
    OpenOptions direct = OpenOptions.of(Access.READ_WRITE).withDirect();
    try (LoopDevice loop = loop(file);
        IoTarget target = IoTarget.open("block:" + loop.path(), direct);
        IoMemory memory = pattern(0, BLOCK)) {
      assertThat(write(target, memory, MEBIBYTE).information()).isEqualTo(BLOCK);
      try (RandomAccessFile disk = new RandomAccessFile(file.toFile(), "rw")) {
        disk.setLength(0);
      }
      assertThat(read(target, memory, MEBIBYTE).status().errno()).isEqualTo(Errno.EIO);
    }
  }

  @Test
  void aDetachedDeviceIsGoneWithItsLastClose() throws IOException {
    String name;
    IoTarget target;
    try (LoopDevice loop = loop(folder.resolve("disk"))) {
      name = "block:" + loop.path();
      target = IoTarget.open(name, Access.READ_WRITE);
      assertThat(target.info().sizeBytes()).isEqualTo(8 * MEBIBYTE);
      target.sendDeviceControlSynchronously(
          LinuxControl.LOOP_CLR_FD, IoMemory.none(), IoMemory.none());
    }
    try (target;
        IoMemory memory = pattern(0, BLOCK)) {
      // it stays whole for whoever has it open
      assertThat(write(target, memory, 0).information()).isEqualTo(BLOCK);
      target.closeForQueryRemove();
      assertThat(target.state()).isEqualTo(TargetState.CLOSED_FOR_QUERY_REMOVE);
      expectNothingThere(target, memory);
    }
  }

  @Test
  void requestsInFlightWhenTheDeviceIsDetachedAllEnd() throws IOException {
    List<IoRequest> requests = new ArrayList<>();
    Recorder recorder = new Recorder();
    int count = 256;
    OpenOptions direct = OpenOptions.of(Access.READ_WRITE).withDirect();
    try (LoopDevice loop = loop(folder.resolve("disk"));
        IoTarget target = IoTarget.open("block:" + loop.path(), direct);
        IoMemory memory = IoMemory.allocate((long) count * BLOCK)) {
      for (int i = 0; i < count; i++) {
        IoRequest request = IoRequest.create(target);
        requests.add(request);
        long at = (long) i * BLOCK;
        target.formatWrite(request, memory, at, BLOCK, at);
        request.setCompletionRoutine(recorder);
        assertThat(request.send(target)).isTrue();
        if (i == count / 2) {
          target.sendDeviceControlSynchronously(
              LinuxControl.LOOP_CLR_FD, IoMemory.none(), IoMemory.none());
        }
      }
      recorder.await(count);
      assertThat(recorder.order()).containsExactlyInAnyOrderElementsOf(requests);
      requests.forEach(IoRequest::close);
    }
  }

  private static void expectNothingThere(IoTarget target, IoMemory memory) {
    Optional<IoStatus> refusal = reopen(target);
    if (refusal.isPresent()) {
      assertThat(refusal.get().errno()).isEqualTo(Errno.ENXIO);
    } else {
      assertThat(target.info().sizeBytes()).isZero();
      assertThat(read(target, memory, 0).status()).isEqualTo(IoStatus.END_OF_FILE);
      assertThat(write(target, memory, 0).status().errno()).isEqualTo(Errno.ENOSPC);
    }
  }

  private static Optional<IoStatus> reopen(IoTarget target) {
    try {
      target.reopen();
      return Optional.empty();
    } catch (IoRequestException e) {
      return Optional.of(e.status());
    }
  }
}
