package dev.ioreq.linux.device;

import static dev.ioreq.linux.device.Wholes.failure;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ioreq.Access;
import dev.ioreq.ControlCode;
import dev.ioreq.IoMemory;
import dev.ioreq.IoMisuseException;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.linux.abi.Errno;
import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.abi.IoctlNumber;
import dev.ioreq.linux.control.LinuxControl;
import dev.ioreq.linux.engine.Pty;
import dev.ioreq.linux.engine.RingEngines;
import dev.ioreq.linux.engine.RingTargets;
import dev.ioreq.linux.engine.ThisProcess;
import dev.ioreq.testkit.Recorder;
import dev.ioreq.testkit.Waiting;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/// `ioctl` on a pseudo-terminal.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class DeviceControlTest {
  private static final int TERMIOS_BYTES = 36;
  private static final int LOCAL_MODES = 12;
  private static final int ECHO = 0x8;

  private Pty pty;
  private IoTarget terminal;

  DeviceControlTest() throws IoRequestException {
    RingTargets.needsRing();
    pty = Pty.open(RingEngines.forTarget());
    terminal = pty.terminal();
  }

  @BeforeEach
  void isOpen() {
    assertThat(terminal.info().controlCodes()).contains(LinuxControl.TCGETS);
  }

  @AfterEach
  void close() {
    pty.close();
  }

  @Test
  void settingsOfATerminalGoThereAndBack() throws IoRequestException {
    try (IoMemory termios = IoMemory.allocate(TERMIOS_BYTES);
        IoMemory again = IoMemory.allocate(TERMIOS_BYTES)) {
      assertThat(out(LinuxControl.TCGETS, termios)).isEqualTo(TERMIOS_BYTES);
      int modes = termios.segment().get(JAVA_INT, LOCAL_MODES);
      assertThat(modes & ECHO).isZero();
      termios.segment().set(JAVA_INT, LOCAL_MODES, modes | ECHO);
      assertThat(in(LinuxControl.TCSETS, termios)).isZero();
      out(LinuxControl.TCGETS, again);
      assertThat(again.segment().mismatch(termios.segment())).isEqualTo(-1);
    }
  }

  @Test
  void theSizeOfATerminalGoesThereAndBack() throws IoRequestException {
    try (IoMemory size = IoMemory.allocate(8);
        IoMemory again = IoMemory.allocate(8)) {
      size.segment().set(JAVA_SHORT, 0, (short) 43);
      size.segment().set(JAVA_SHORT, 2, (short) 132);
      in(LinuxControl.TIOCSWINSZ, size);
      assertThat(out(LinuxControl.TIOCGWINSZ, again)).isEqualTo(8);
      assertThat(again.segment().mismatch(size.segment())).isEqualTo(-1);
    }
  }

  @Test
  void bytesThatWaitAreCounted() throws IoRequestException {
    try (IoMemory count = IoMemory.allocate(4);
        IoMemory written = IoMemory.allocate(11)) {
      pty.master().sendWriteSynchronously(written, 0);
      // the kernel carries them from one side to the other at its leisure
      Waiting.until("the bytes", () -> counted(count) != 0);
      assertThat(counted(count)).isEqualTo(11);
    }
  }

  private int counted(IoMemory count) {
    Recorder.Call call = outcome(LinuxControl.FIONREAD, count);
    assertThat(call.information()).isEqualTo(4);
    return count.segment().get(JAVA_INT, 0);
  }

  @Test
  void anArgumentThatIsAValueIsPassedAsOneAndTheResultIsTheInformation() throws IoRequestException {
    ControlCode peer = ControlCode.linuxValue("TIOCGPTPEER", (int) IoctlNumber.TIOCGPTPEER);
    int before = ThisProcess.descriptors();
    try (IoMemory flags = IoMemory.allocate(4)) {
      flags.segment().set(JAVA_INT, 0, FileCalls.O_RDWR | FileCalls.O_NOCTTY);
      long fd = pty.master().sendDeviceControlSynchronously(peer, flags, IoMemory.none());
      assertThat(fd).isPositive();
      assertThat(ThisProcess.descriptors()).isEqualTo(before + 1);
      assertThat(FileCalls.close((int) fd)).isZero();
    }
  }

  @Test
  void anOutputThatIsTooSmallIsRefusedBeforeTheKernelWrites() {
    try (IoMemory memory = IoMemory.allocate(64);
        IoRequest request = IoRequest.create(terminal)) {
      memory.segment().fill((byte) 0x5A);
      assertThat(
              refusal(() -> {
                terminal.formatDeviceControl(
                    request,
                    LinuxControl.TCGETS,
                    IoMemory.none(),
                    0,
                    0,
                    memory,
                    0,
                    TERMIOS_BYTES - 1);
                return true;
              }))
          .isEqualTo(IoStatus.BUFFER_TOO_SMALL);
      assertThat(refusal(() -> request.send(terminal)))
          .as("sent without format, as the verifier says in its strict mode")
          .isEqualTo(IoStatus.REQUEST_NOT_ACCEPTED);
      assertThat(memory.segment().toArray(JAVA_BYTE)).containsOnly((byte) 0x5A);
    }
  }

  @Test
  void anInputThatIsTooSmallIsRefused() {
    try (IoMemory memory = IoMemory.allocate(TERMIOS_BYTES - 1)) {
      assertThat(refusal(() -> in(LinuxControl.TCSETS, memory)))
          .isEqualTo(IoStatus.BUFFER_TOO_SMALL);
    }
  }

  @Test
  void theKernelWritesNoMoreThanTheOutput() throws IoRequestException {
    try (IoMemory memory = IoMemory.allocate(64)) {
      memory.segment().fill((byte) 0x5A);
      assertThat(out(LinuxControl.TCGETS, memory)).isEqualTo(TERMIOS_BYTES);
      MemorySegment behind = memory.segment().asSlice(TERMIOS_BYTES);
      assertThat(behind.toArray(JAVA_BYTE)).containsOnly((byte) 0x5A);
    }
  }

  @Test
  void anUnknownNumberGivesEnotty() {
    ControlCode unknown = ControlCode.linux("UNKNOWN", 0x5A5A5A5A);
    try (IoMemory memory = IoMemory.allocate(1 << 14)) {
      IoStatus status =
          failure(() -> terminal.sendDeviceControlSynchronously(unknown, memory, memory));
      assertThat(status.errno()).isEqualTo(Errno.ENOTTY);
      assertThat(status.name()).isEqualTo("ENOTTY");
    }
  }

  @Test
  void anErrorOfTheDriverIsKept() {
    ControlCode number = LinuxControl.TIOCGPTN; // of masters only
    try (IoMemory memory = IoMemory.allocate(8)) {
      assertThat(failure(() -> out(number, memory)).errno()).isEqualTo(Errno.ENOTTY);
    }
  }

  @Test
  void aPlainCodeRunsOnTheSendersThread() {
    try (IoMemory memory = IoMemory.allocate(8)) {
      Recorder.Call call = outcome(LinuxControl.TIOCGWINSZ, memory);
      assertThat(call.status()).isEqualTo(IoStatus.SUCCESS);
      assertThat(call.thread()).isEqualTo(Thread.currentThread());
    }
  }

  @Test
  void aCodeThatMayBlockRunsOnAWorker() {
    try (IoMemory memory = IoMemory.allocate(8)) {
      Recorder.Call call = outcome(LinuxControl.TIOCGWINSZ.withMayBlock(), memory);
      assertThat(call.status()).isEqualTo(IoStatus.SUCCESS);
      assertThat(call.information()).isEqualTo(8);
      assertThat(call.thread().getName()).startsWith("ioreq-control-");
    }
  }

  @Test
  void noMoreThanEightWorkersServeManyCodes() throws IoRequestException {
    int count = 200;
    Recorder recorder = new Recorder();
    try (IoMemory memory = IoMemory.allocate(8L * count)) {
      IoRequest[] requests = new IoRequest[count];
      for (int i = 0; i < count; i++) {
        requests[i] = IoRequest.create(terminal);
        terminal.formatDeviceControl(
            requests[i],
            LinuxControl.TIOCGWINSZ.withMayBlock(),
            IoMemory.none(),
            0,
            0,
            memory,
            8L * i,
            8);
        requests[i].setCompletionRoutine(recorder);
        assertThat(requests[i].send(terminal)).isTrue();
      }
      recorder.await(count);
      assertThat(recorder.calls()).allMatch(call -> call.status().equals(IoStatus.SUCCESS));
      assertThat(recorder.calls().stream().map(Recorder.Call::thread).distinct().count())
          .isLessThanOrEqualTo(8);
      for (IoRequest request : requests) {
        request.close();
      }
    }
  }

  @Test
  void theEntropyOfTheKernelIsANumber() throws IoRequestException {
    try (IoTarget random = IoTarget.open("char:/dev/random", Access.READ);
        IoMemory bits = IoMemory.allocate(4)) {
      assertThat(random.info().controlCodes()).containsExactly(LinuxControl.RNDGETENTCNT);
      random.sendDeviceControlSynchronously(LinuxControl.RNDGETENTCNT, IoMemory.none(), bits);
      assertThat(bits.segment().get(JAVA_INT, 0)).isBetween(0, 4096);
    }
  }

  private Recorder.Call outcome(ControlCode code, IoMemory output) {
    try (IoRequest request = IoRequest.create(terminal)) {
      terminal.formatDeviceControl(request, code, IoMemory.none(), output);
      return Wholes.outcome(request, terminal);
    }
  }

  private long out(ControlCode code, IoMemory output) throws IoRequestException {
    return terminal.sendDeviceControlSynchronously(code, IoMemory.none(), output);
  }

  private long in(ControlCode code, IoMemory input) throws IoRequestException {
    return terminal.sendDeviceControlSynchronously(code, input, IoMemory.none());
  }

  private static IoStatus refusal(Callable<?> call) {
    IoMisuseException refused = catchThrowableOfType(IoMisuseException.class, call::call);
    assertThat(refused).isNotNull();
    return refused.status();
  }
}
