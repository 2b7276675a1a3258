package dev.ioreq.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.ioreq.Access;
import dev.ioreq.IoMemory;
import dev.ioreq.IoRequest;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import java.util.concurrent.CountDownLatch;

/// The four steps of every request: format it for a target, register a completion routine, send it,
/// and look at how it ended. Then the same in one call that waits.
///
/// `FirstSteps FILE` writes a line to the file and reads it back.
///
/// @see "Sending I/O requests asynchronously; WdfIoTargetFormatRequestForWrite, WdfRequestSend"
public final class FirstSteps {
  private FirstSteps() {}

  /// Writes and reads a file.
  ///
  /// @param args the file's path
  /// @throws Exception if the file cannot be opened or read
  public static void main(String[] args) throws Exception {
    byte[] line = "a request, formatted and sent\n".getBytes(US_ASCII);
    try (IoTarget file = IoTarget.open(args[0], OpenOptions.of(Access.READ_WRITE).withCreate());
        IoMemory block = IoMemory.allocate(line.length);
        IoRequest request = IoRequest.create(file)) {
      block.copyFrom(0, line);
      write(file, request, block);

      block.segment().fill((byte) 0);
      long read = file.sendReadSynchronously(block, 0); // formats, sends, waits
      block.copyTo(0, line);
      System.out.print("read  " + read + " bytes: " + new String(line, US_ASCII));

      readBehindTheEnd(file, block);
    }
  }

  private static void write(IoTarget file, IoRequest request, IoMemory block)
      throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    file.formatWrite(request, block, 0);
    request.setCompletionRoutine((sent, target, result) -> {
      // called once, maybe before send returns, on whatever thread the request ended on
      System.out.println("wrote " + result.information() + " bytes: " + result.status());
      done.countDown();
    });
    if (!request.send(file)) { // nothing was sent, no routine will be called
      System.out.println("not sent: " + request.status());
      return;
    }
    done.await();
  }

  /// A status that a device gave is a value; only calls that wait make an exception of it.
  private static void readBehindTheEnd(IoTarget file, IoMemory block) {
    try {
      file.sendReadSynchronously(block, 1L << 30);
    } catch (IoRequestException e) {
      System.out.println("behind the end: " + e.status().name());
    }
  }
}
