package dev.ioreq.linux.device;

import static dev.ioreq.linux.device.Wholes.MEBIBYTE;
import static dev.ioreq.linux.device.Wholes.pattern;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.linux.abi.LoopDevice;
import dev.ioreq.linux.engine.FileOnDisk;
import dev.ioreq.linux.engine.RingEngine;
import dev.ioreq.linux.engine.RingTargets;
import dev.ioreq.linux.ring.RingConfig;
import dev.ioreq.testkit.Recorder;
import dev.ioreq.testkit.Requirement;
import dev.ioreq.testkit.TemporaryFileSystem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// More writes than a device takes at a time: a loop device over a file, 128, while the file's file
/// system is frozen, so that none of them ends.
@Tag("device")
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class BacklogIT {
  private static final int BLOCK = 4096;
  private static final int COUNT = 1000;
  private static final int DISTANCE = 2 * BLOCK; // of adjacent ones the kernel makes one

  private final RingEngine engine = RingTargets.engine(RingConfig.defaults());
  private final TemporaryFileSystem files;

  BacklogIT() throws IOException {
    files = TemporaryFileSystem.create(32 * MEBIBYTE);
  }

  @AfterEach
  @Timeout(60)
  void end() throws Exception {
    engine.end();
    files.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void eachEndsOnceWhenThereIsRoomAgain(boolean areCancelled) throws IOException {
    Path image = FileOnDisk.write(files.folder().resolve("image"), new byte[COUNT * DISTANCE]);
    OpenOptions direct = OpenOptions.of(Access.READ_WRITE).withDirect();
    List<IoRequest> requests = new ArrayList<>();
    Recorder recorder = new Recorder();
    try (LoopDevice loop = LoopDevice.of(image);
        IoTarget target = RingTargets.open("block:" + loop.path(), direct, engine);
        IoMemory memory = pattern(0, BLOCK)) {
      freeze("--freeze");
      try {
        for (int i = 0; i < COUNT; i++) {
          IoRequest request = IoRequest.create(target);
          requests.add(request);
          target.formatWrite(request, memory, 0, BLOCK, (long) i * DISTANCE);
          request.setCompletionRoutine(recorder);
          assertThat(request.send(target)).isTrue();
        }
        awaitAllTaken();
        if (areCancelled) {
          requests.forEach(request -> {
            boolean ignored = request.cancelSent();
          });
          awaitAllTaken();
          // what waits here ends at once, and not when the device has room again
          recorder.await(COUNT / 2);
          assertThat(recorder.calls()).allMatch(call -> call.status().equals(IoStatus.CANCELLED));
        }
        assertThat(requests).filteredOn(this::isPending).hasSizeGreaterThanOrEqualTo(64);
      } finally {
        freeze("--unfreeze");
      }
      recorder.await(areCancelled ? COUNT - COUNT / 2 : COUNT);
      assertThat(recorder.order()).containsExactlyInAnyOrderElementsOf(requests);
      assertThat(recorder.calls())
          .allMatch(call ->
              (call.status().equals(IoStatus.SUCCESS) && call.information() == BLOCK)
                  || (areCancelled && call.status().equals(IoStatus.CANCELLED)));
      requests.forEach(IoRequest::close);
    }
  }

  private boolean isPending(IoRequest request) {
    return request.status().equals(IoStatus.PENDING);
  }

  private void freeze(String option) {
    String ignored =
        Requirement.run(
            "freezing a file system", List.of("fsfreeze", option, files.folder().toString()));
  }

  /// What the engine is given later, it has taken later, and twice: what is refused at first has
  /// been given back by then.
  private void awaitAllTaken() throws IOException {
    try (IoTarget zero = RingTargets.byRing("char:/dev/zero", Access.READ, engine);
        IoMemory memory = IoMemory.allocate(1)) {
      for (int i = 0; i < 2; i++) {
        assertThat(Wholes.read(zero, memory, 0).status()).isEqualTo(IoStatus.SUCCESS);
      }
    }
  }
}
