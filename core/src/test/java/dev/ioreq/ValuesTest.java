package dev.ioreq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ioreq.ControlCode.Direction;
import dev.ioreq.ControlCode.Kind;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ValuesTest {
  // ------------------------------------------------------------------ names and sizes

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "4096, 4096",
    "1K, 1024",
    "1k, 1024",
    "64KiB, 65536",
    "1KB, 1000",
    "256 MiB, 268435456",
    "1G, 1073741824",
    "1MB, 1000000",
    "3T, 3298534883328",
    "1B, 1",
    "7E, 8070450532247928832",
    "9223372036854775807, 9223372036854775807"
  })
  void sizesAreReadAsPeopleWriteThem(String text, long bytes) {
    assertThat(TargetName.parseSize(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "x", "-1", "1.5G", "1iB", "1Ki5", "8E", "9223372036854775808", "1 K B", "KiB"})
  void whatIsNoSizeIsRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TargetName.parseSize(text))
        .withMessageContaining("'" + text + "'");
  }

  @ParameterizedTest
  @CsvSource({
    "memory:1M, memory, 1M",
    "FILE:/a/b, file, /a/b",
    "file:x:y, file, x:y",
    "nbd+unix:///e?socket=p, nbd+unix, ///e?socket=p",
    "/no/such/path, file, /no/such/path",
    "./memory:1, file, ./memory:1",
    "c:x, file, c:x",
    "null:, null, ''"
  })
  void namesAreTakenApart(String name, String scheme, String rest) {
    assertThat(TargetName.parse(name)).isEqualTo(new TargetName(scheme, rest));
  }

  @Test
  void anEmptyNameAndWhatIsNoPathAreRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> TargetName.parse("  "));
    assertThatIllegalArgumentException().isThrownBy(() -> TargetName.parse("a\0b"));
  }

  @Test
  void aBarePathMeansWhatThePathIs() {
    assertThat(TargetName.parse("/dev/null").scheme()).isEqualTo("char");
    assertThat(TargetName.parse("/").scheme()).isEqualTo("file");
  }

  // ------------------------------------------------------------------ control codes

  @Test
  void theFieldsOfAControlCodeAreWhereWdfHasThem() {
    ControlCode code = ControlCode.of("X", 0x22, 0x801, BufferMethod.OUT_DIRECT, 3);
    assertThat(code.value()).isEqualTo(0x22 << 16 | 3 << 14 | 0x801 << 2 | 2);
    assertThat(code.method()).isEqualTo(BufferMethod.OUT_DIRECT);
    assertThat(code).hasToString("X (0x0022E006)");
    for (BufferMethod method : BufferMethod.values()) {
      assertThat(ControlCode.of("X", 1, 1, method, 0).method()).isEqualTo(method);
      assertThat(BufferMethod.of(method.value())).isEqualTo(method);
    }
  }

  @Test
  void fieldsThatDoNotFitAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ControlCode.of("X", 0x10000, 0, BufferMethod.BUFFERED, 0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ControlCode.of("X", 0, 0x1000, BufferMethod.BUFFERED, 0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ControlCode.of("X", 0, 0, BufferMethod.BUFFERED, 4));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ControlCode.linux("X", 0, Direction.IN, 1 << 14));
  }

  @ParameterizedTest
  @CsvSource({
    "0x80081272, OUT, 8, 0, 8", // BLKGETSIZE64
    "0x40081270, IN, 8, 8, 0", // BLKBSZSET
    "0xC0104320, BOTH, 16, 16, 16",
    "0x1277, NONE, 0, 0, 0" // BLKDISCARD: no size in its number
  })
  void anIoctlNumberTellsDirectionAndSize(
      String number, Direction direction, int size, int input, int output) {
    ControlCode code = ControlCode.linux("X", Long.decode(number).intValue());
    assertThat(code.kind()).isEqualTo(Kind.LINUX_IOCTL);
    assertThat(code.direction()).isEqualTo(direction);
    assertThat(code.sizeBytes()).isEqualTo(size);
    assertThat(code.minimumInput()).isEqualTo(input);
    assertThat(code.minimumOutput()).isEqualTo(output);
    assertThat(code.method()).isEqualTo(BufferMethod.BUFFERED);
    assertThat(code.mayBlock()).isFalse();
    assertThat(code.withMayBlock().mayBlock()).isTrue();
  }

  // ------------------------------------------------------------------ statuses

  @ParameterizedTest
  @CsvSource({
    "0x00000000, SUCCESS, true, false, false",
    "0x00000102, TIMEOUT, true, false, false",
    "0x00000103, PENDING, true, false, false",
    "0x40200000, 0x40200000, true, false, false",
    "0x80000011, DEVICE_BUSY, false, true, false",
    "0x8000001A, NO_MORE_ENTRIES, false, true, false",
    "0xC0000120, CANCELLED, false, false, true",
    "0xC0200206, WDF_DEVICE_REMOVED_NOT_SENT, false, false, true",
    "0xC0FFEE00, 0xC0FFEE00, false, false, true"
  })
  @DisplayName("R-296 success is told by severity")
  void severityTellsSuccess(
      String code, String name, boolean success, boolean warning, boolean error) {
    IoStatus status = IoStatus.of(Long.decode(code).intValue());
    assertThat(status.name()).isEqualTo(name);
    assertThat(status.isSuccess()).isEqualTo(success);
    assertThat(status.isWarning()).isEqualTo(warning);
    assertThat(status.isError()).isEqualTo(error);
    assertThat(status.errno()).isZero();
    assertThat(status).isEqualTo(IoStatus.of(status.code()));
  }

  @Test
  void namedStatusesAreCanonical() {
    for (IoStatus status :
        new IoStatus[] {
          IoStatus.SUCCESS,
          IoStatus.PENDING,
          IoStatus.CANCELLED,
          IoStatus.IO_TIMEOUT,
          IoStatus.END_OF_FILE,
          IoStatus.INVALID_DEVICE_STATE,
          IoStatus.DATATYPE_MISALIGNMENT,
          IoStatus.WDF_DEVICE_REMOVED_NOT_SENT,
          IoStatus.REQUEST_NOT_ACCEPTED
        }) {
      assertThat(IoStatus.of(status.code())).isSameAs(status);
    }
    assertThat(IoStatus.WDF_DEVICE_REMOVED_NOT_SENT.wasNeverSent()).isTrue();
    assertThat(IoStatus.CANCELLED.wasNeverSent()).isFalse();
  }

  @Test
  void everyErrnoSurvives() {
    for (int errno = 1; errno < 4096; errno++) {
      IoStatus status = IoStatus.ofErrno(errno);
      if (errno == 125) {
        assertThat(status).isSameAs(IoStatus.CANCELLED);
        continue;
      }
      assertThat(status.errno()).isEqualTo(errno);
      assertThat(status.isError()).isTrue();
      assertThat(IoStatus.of(status.code())).isSameAs(status);
    }
    assertThat(IoStatus.ofErrno(28)).hasToString("ENOSPC (errno 28): no space left on device");
    assertThat(IoStatus.ofErrno(4000).name()).isEqualTo("ERRNO_4000");
    assertThatIllegalArgumentException().isThrownBy(() -> IoStatus.ofErrno(0));
    assertThatIllegalArgumentException().isThrownBy(() -> IoStatus.ofErrno(4096));
  }

  @Test
  void exceptionsOfNioTellTheirErrno() {
    assertThat(IoStatus.ofIoException(new NoSuchFileException("x")).name()).isEqualTo("ENOENT");
    assertThat(IoStatus.ofIoException(new AccessDeniedException("x")).name()).isEqualTo("EACCES");
    assertThat(IoStatus.ofIoException(new IOException("No space left on device")).name())
        .isEqualTo("ENOSPC");
    assertThat(IoStatus.ofIoException(new IOException("?")).name()).isEqualTo("EIO");
    assertThat(IoStatus.ofIoException(new IOException()).name()).isEqualTo("EIO");
    assertThat(IoStatus.ofIoException(new IoRequestException(IoStatus.END_OF_FILE, 3, "read of x")))
        .isSameAs(IoStatus.END_OF_FILE);
  }

  @Test
  @DisplayName("R-439 request types keep WDF's numbers")
  void requestTypesKeepTheirNumbers() {
    assertThat(RequestType.READ.value()).isEqualTo(3);
    assertThat(RequestType.WRITE.value()).isEqualTo(4);
    assertThat(RequestType.DEVICE_CONTROL.value()).isEqualTo(0xE);
    assertThat(RequestType.INTERNAL_DEVICE_CONTROL.value()).isEqualTo(0xF);
    assertThat(RequestType.INTERNAL_DEVICE_CONTROL_OTHERS.value()).isEqualTo(0x1C);
    assertThat(RequestType.NO_FORMAT.value()).isEqualTo(0xFF);
  }

  // ------------------------------------------------------------------ options

  @Test
  @DisplayName("R-226 send and forget goes with no other option, the others combine")
  void forbiddenCombinationsAreFew() {
    SendOptions all =
        SendOptions.timeout(Duration.ofSeconds(1)).withSynchronous().withIgnoreTargetState();
    assertThat(all.isForbiddenCombination()).isFalse();
    SendOptions forget = SendOptions.sendAndForget();
    assertThat(forget.isForbiddenCombination()).isFalse();
    assertThat(forget.withSynchronous().isForbiddenCombination()).isTrue();
    assertThat(forget.withIgnoreTargetState().isForbiddenCombination()).isTrue();
    assertThat(forget.withTimeout(Duration.ofMillis(1)).isForbiddenCombination()).isTrue();
    assertThat(forget.withDeadline(Instant.EPOCH).isForbiddenCombination()).isTrue();
    assertThat(forget.withTimeout(Duration.ZERO).isForbiddenCombination()).isFalse();
  }

  @Test
  @DisplayName("R-246 a timeout of zero is none, a negative one is refused")
  void timeoutsAreChecked() {
    assertThat(SendOptions.timeout(Duration.ZERO).hasTimeout()).isFalse();
    assertThat(SendOptions.timeout(Duration.ofDays(365_000)).hasTimeout()).isFalse();
    assertThat(SendOptions.timeout(Duration.ofNanos(1)).hasTimeout()).isTrue();
    assertThat(SendOptions.none().hasTimeout()).isFalse();
    assertThat(SendOptions.none().withDeadline(Instant.EPOCH).hasTimeout()).isTrue();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SendOptions.timeout(Duration.ofNanos(-1)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SendOptions.timeout(Duration.ofDays(-365_000)));
  }

  @Test
  @DisplayName("R-245 a timeout is set, and made to count, in one step; the later one replaces")
  void aTimeoutIsSetInOneStep() {
    Instant deadline = Instant.ofEpochSecond(1);
    SendOptions relative = SendOptions.none().withTimeout(Duration.ofMillis(3));
    assertThat(relative.timeoutNanos()).isEqualTo(3_000_000);
    assertThat(relative.hasTimeout()).isTrue();
    SendOptions absolute = relative.withDeadline(deadline);
    assertThat(absolute.timeoutNanos()).isZero();
    assertThat(absolute.deadline()).isEqualTo(deadline);
    assertThat(absolute.hasTimeout()).isTrue();
    assertThat(absolute.withTimeout(Duration.ofMillis(3))).isEqualTo(relative);
    assertThat(relative.withSynchronous().withIgnoreTargetState().timeoutNanos())
        .as("kept by other options")
        .isEqualTo(3_000_000);
  }

  @Test
  @DisplayName("R-014 a name that is none changes nothing, neither an open target nor a closed one")
  void aNameThatIsNoneChangesNothing() throws IoRequestException {
    assertThatIllegalArgumentException().isThrownBy(() -> IoTarget.open("", Access.READ));
    assertThatExceptionOfType(IoRequestException.class)
        .isThrownBy(() -> IoTarget.open("memory:x", Access.READ))
        .extracting(IoRequestException::status)
        .isEqualTo(IoStatus.INVALID_PARAMETER);
    OpenOptions options = OpenOptions.of(Access.READ);
    try (IoTarget target = IoTarget.open("memory:4096", Access.READ)) {
      assertThatIllegalArgumentException().isThrownBy(() -> target.reopen("", options));
      assertThat(target.state()).isEqualTo(TargetState.STARTED);
      target.closeForQueryRemove();
      assertThatIllegalArgumentException().isThrownBy(() -> target.reopen("  ", options));
      assertThat(target.state()).isEqualTo(TargetState.CLOSED_FOR_QUERY_REMOVE);
      assertThat(target.name()).isEqualTo("memory:4096");
      target.reopen();
      assertThat(target.state()).isEqualTo(TargetState.STARTED);
    }
  }

  @Test
  void creatingNeedsWriteAccess() {
    assertThatIllegalArgumentException().isThrownBy(() -> OpenOptions.of(Access.READ).withCreate());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OpenOptions.of(Access.READ).withTruncate());
    assertThat(OpenOptions.of(Access.WRITE).withCreate().withDirect().withExclusive().direct())
        .isTrue();
  }

  @Test
  void theSizesOfAControlCodeHaveLimits() {
    int largest = (1 << 14) - 1;
    assertThat(ControlCode.linux("X", 1, Direction.BOTH, largest).minimumInput())
        .isEqualTo(largest);
    assertThat(ControlCode.linux("X", 1, Direction.BOTH, 0).minimumOutput()).isZero();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ControlCode.linux("X", 1, Direction.BOTH, largest + 1));
    assertThat(ControlCode.linuxValue("X", 7).kind()).isEqualTo(Kind.LINUX_IOCTL_VALUE);
  }

  @Test
  void whatJavaSaysOfAFileIsItsErrno() {
    assertThat(IoStatus.ofIoException(new FileAlreadyExistsException("f")).name())
        .isEqualTo("EEXIST");
    String noSpace = "No space left on device";
    assertThat(IoStatus.ofIoException(new FileSystemException("f", null, noSpace)).name())
        .isEqualTo("ENOSPC");
    assertThat(IoStatus.ofIoException(new FileSystemException("f")).name()).isEqualTo("EIO");
  }

  @Test
  void whatCannotBeAskedForItsErrnoIsAnError() {
    IOException silent =
        new IOException() {
          @Override
          public String getMessage() {
            throw new IllegalStateException("thrown by the test on purpose");
          }
        };
    FileSystemException unreasonable =
        new FileSystemException("f") {
          @Override
          public String getReason() {
            throw new StackOverflowError("thrown by the test on purpose");
          }
        };
    assertThat(IoStatus.ofIoException(silent).name()).isEqualTo("EIO");
    assertThat(IoStatus.ofIoException(unreasonable).name()).isEqualTo("EIO");
  }

  @Test
  void theEnginesAreNamed() {
    assertThat(IoTarget.engines()).isNotEmpty().contains("core").doesNotHaveDuplicates();
  }

  @Test
  void controlCodesAreEqualIfAllTheirComponentsAre() {
    ControlCode code = new ControlCode("A", 1, Kind.LINUX_IOCTL, Direction.IN, 8, false);

    assertThat(code)
        .isEqualTo(new ControlCode("A", 1, Kind.LINUX_IOCTL, Direction.IN, 8, false))
        .hasSameHashCodeAs(new ControlCode("A", 1, Kind.LINUX_IOCTL, Direction.IN, 8, false))
        .isNotEqualTo(new ControlCode("B", 1, Kind.LINUX_IOCTL, Direction.IN, 8, false))
        .isNotEqualTo(new ControlCode("A", 2, Kind.LINUX_IOCTL, Direction.IN, 8, false))
        .isNotEqualTo(new ControlCode("A", 1, Kind.LINUX_IOCTL_VALUE, Direction.IN, 8, false))
        .isNotEqualTo(new ControlCode("A", 1, Kind.LINUX_IOCTL, Direction.OUT, 8, false))
        .isNotEqualTo(new ControlCode("A", 1, Kind.LINUX_IOCTL, Direction.IN, 9, false))
        .isNotEqualTo(new ControlCode("A", 1, Kind.LINUX_IOCTL, Direction.IN, 8, true))
        .isNotEqualTo("A");
  }
}
