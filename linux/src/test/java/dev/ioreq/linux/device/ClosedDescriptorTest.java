package dev.ioreq.linux.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.StorageControl;
import dev.ioreq.TargetName;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.control.LinuxControl;
import dev.ioreq.linux.engine.Pipe;
import dev.ioreq.linux.engine.RingEngine;
import dev.ioreq.linux.engine.RingEngines;
import dev.ioreq.linux.engine.RingTargets;
import dev.ioreq.testkit.Recorder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/// A descriptor that somebody else closes under its device.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class ClosedDescriptorTest {
  @TempDir private Path folder;

  @BeforeEach
  void needsRing() {
    RingTargets.needsRing();
  }

  @Test
  void requestsOverTheRingEndWithEbadf() throws IOException {
    Path file = Files.write(folder.resolve("data"), new byte[4096]);
    OpenOptions options = OpenOptions.of(Access.READ_WRITE).withDirect();
    DescriptorDevice device = device("file:" + file, options);
    try (IoTarget target = IoTarget.over("closed", device);
        IoMemory memory = IoMemory.allocate(4096)) {
      closeUnder(device);
      expectBadDescriptor(Wholes.read(target, memory, 0));
      expectBadDescriptor(Wholes.write(target, memory, 0));
      try (IoRequest flush = IoRequest.create(target)) {
        target.formatDeviceControl(flush, StorageControl.FLUSH, IoMemory.none(), IoMemory.none());
        expectBadDescriptor(Wholes.outcome(flush, target));
      }
    }
  }

  @Test
  void requestsDoneAtOnceEndWithEbadf() throws IOException {
    Path file = Files.write(folder.resolve("data"), new byte[8]);
    DescriptorDevice device = device("file:" + file, OpenOptions.of(Access.READ_WRITE));
    try (IoTarget target = IoTarget.over("closed", device);
        IoMemory memory = IoMemory.allocate(8)) {
      closeUnder(device);
      expectBadDescriptor(Wholes.read(target, memory, 0));
      expectBadDescriptor(Wholes.write(target, memory, 0));
      try (IoRequest control = IoRequest.create(target)) {
        target.formatDeviceControl(control, LinuxControl.FIONREAD, IoMemory.none(), memory);
        expectBadDescriptor(Wholes.outcome(control, target));
      }
    }
  }

  @Test
  void aReadInFlightStaysAliveAndCanBeCancelled() throws IoRequestException {
    RingEngine engine = RingEngines.forTarget();
    try (Pipe pipe = Pipe.open()) {
      DescriptorDevice device = device(pipe.readName(), OpenOptions.of(Access.READ), engine);
      try (IoTarget target = IoTarget.over("closed", device);
          IoMemory memory = IoMemory.allocate(8);
          IoRequest request = IoRequest.create(target)) {
        Recorder recorder = new Recorder();
        target.formatRead(request, memory, 0);
        request.setCompletionRoutine(recorder);
        assertThat(request.send(target)).isTrue();
        awaitAllSentBefore(engine);
        assertThat(request.status()).isEqualTo(IoStatus.PENDING);
        closeUnder(device);
        assertThat(request.cancelSent()).isTrue();
        assertThat(recorder.await().status()).isEqualTo(IoStatus.CANCELLED);
        expectBadDescriptor(Wholes.read(target, memory, 0));
      }
    }
  }

  /// Waits until the kernel holds what was sent to an engine before: it takes entries in their
  /// order, so when a later one is answered the earlier ones have found their files.
  private static void awaitAllSentBefore(RingEngine engine) throws IoRequestException {
    try (Pipe later = Pipe.open()) {
      later.write((byte) 1);
      DescriptorDevice device = device(later.readName(), OpenOptions.of(Access.READ), engine);
      try (IoTarget target = IoTarget.over("later", device);
          IoMemory memory = IoMemory.allocate(1)) {
        assertThat(Wholes.read(target, memory, 0).status()).isEqualTo(IoStatus.SUCCESS);
      }
    }
  }

  private static DescriptorDevice device(String name, OpenOptions options)
      throws IoRequestException {
    return device(name, options, RingEngines.forTarget());
  }

  private static DescriptorDevice device(String name, OpenOptions options, RingEngine engine)
      throws IoRequestException {
    return (DescriptorDevice) Descriptors.open(TargetName.parse(name), options, engine);
  }

  private static void closeUnder(DescriptorDevice device) {
    assertThat(FileCalls.close(device.fd)).isZero();
  }

  private static void expectBadDescriptor(Recorder.Call call) {
    assertThat(call.status().errno()).isEqualTo(Errno.EBADF);
    assertThat(call.information()).isZero();
  }
}
