package dev.ioreq.linux.device;

import static dev.ioreq.linux.device.Wholes.MEBIBYTE;
import static dev.ioreq.linux.device.Wholes.expectPattern;
import static dev.ioreq.linux.device.Wholes.pattern;
import static dev.ioreq.linux.device.Wholes.write;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.control.LinuxControl;
import dev.ioreq.linux.engine.RingTargets;
import dev.ioreq.testkit.Recorder;
import dev.ioreq.testkit.TemporaryFileSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A file system of 16 MiB of its own.
@Tag("device")
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class FullFileSystemIT {
  private final TemporaryFileSystem files;

  FullFileSystemIT() throws IOException {
    RingTargets.needsRing();
    files = TemporaryFileSystem.create(16 * MEBIBYTE);
  }

  @AfterEach
  void unmount() throws IOException {
    files.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aFailureInTheMiddleKeepsTheBytesMovedBefore(boolean isDirect) throws IOException {
    Path file = files.folder().resolve("data");
    OpenOptions options = OpenOptions.of(Access.READ_WRITE).withCreate();
    try (IoTarget target =
            RingTargets.open("file:" + file, isDirect ? options.withDirect() : options);
        IoMemory memory = pattern(0, 64 * MEBIBYTE)) {
      Recorder.Call call = write(target, memory, 0);
      assertThat(call.status().errno()).isEqualTo(Errno.ENOSPC);
      if (isDirect) { // ext4 gives the error and does not tell how far it came
        assertThat(call.information()).isBetween(0L, 16 * MEBIBYTE);
      } else {
        assertThat(call.information()).isBetween(4 * MEBIBYTE, 16 * MEBIBYTE);
        assertThat(Files.size(file)).isEqualTo(call.information());
        try (IoMemory read = IoMemory.allocate(call.information())) {
          assertThat(target.sendReadSynchronously(read, 0)).isEqualTo(call.information());
          expectPattern(read, 0, call.information());
        }
      }
    }
  }

  @Test
  void aStructureGoesBothWays() throws IOException {
    Path file = files.folder().resolve("data");
    OpenOptions options = OpenOptions.of(Access.READ_WRITE).withCreate();
    try (IoTarget target = RingTargets.open("file:" + file, options);
        IoMemory range = IoMemory.allocate(24);
        IoRequest request = IoRequest.create(target)) {
      range.segment().set(JAVA_LONG, 0, 0); // from
      range.segment().set(JAVA_LONG, 8, Long.MAX_VALUE); // length in, trimmed bytes out
      range.segment().set(JAVA_LONG, 16, 0); // least length
      target.formatDeviceControl(request, LinuxControl.FITRIM, range, range);
      Recorder.Call call = Wholes.outcome(request, target);
      assertThat(call.status()).isEqualTo(IoStatus.SUCCESS);
      assertThat(call.information()).isEqualTo(24);
      assertThat(call.thread().getName()).startsWith("ioreq-control-");
      assertThat(range.segment().get(JAVA_LONG, 8)).isBetween(MEBIBYTE, 16 * MEBIBYTE);
    }
  }
}
