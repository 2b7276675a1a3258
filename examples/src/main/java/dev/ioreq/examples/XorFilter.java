package dev.ioreq.examples;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.ioreq.Access;
import dev.ioreq.IoDevice;
import dev.ioreq.IoMemory;
import dev.ioreq.IoQueue;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.ReceivedRequest;
import java.lang.foreign.MemorySegment;

/// A filter that changes the bytes on their way: what lies in the file is scrambled.
///
/// A write's bytes are the sender's and may only be read, so the filter formats the request with
/// memory of its own. A read goes down as it came, into the sender's buffer, and is made readable
/// before it is completed. XOR is no encryption; a cipher that works at any offset, such as AES in
/// counter mode, goes in the same place.
///
/// `XorFilter FILE` writes a line, prints what is in the file, and reads it back.
///
/// @see "Forwarding I/O requests; WdfRequestRetrieveInputMemory, WdfIoTargetFormatRequestForWrite"
public final class XorFilter {
  private final IoTarget lower;
  private final byte[] key;

  private XorFilter(IoTarget lower, byte[] key) {
    this.lower = lower;
    this.key = key;
  }

  /// Makes the filter.
  ///
  /// @param lower what it is put above
  /// @param key repeated over the whole device
  /// @return the device
  static IoDevice above(IoTarget lower, byte[] key) {
    XorFilter filter = new XorFilter(lower, key.clone());
    return IoDevice.filter("xor")
        .queue(IoQueue.parallel().onRead(filter::read).onWrite(filter::write))
        .above(lower);
  }

  private void write(IoQueue queue, ReceivedRequest request, long length)
      throws IoRequestException {
    MemorySegment plain = request.retrieveInput(length).segment();
    IoMemory scrambled = IoMemory.allocate(length);
    MemorySegment.copy(plain, 0, scrambled.segment(), 0, length);
    xor(scrambled.segment(), length, request.deviceOffset());
    lower.formatWrite(request, scrambled, request.deviceOffset());
    scrambled.close(); // the formatted request holds it; it is freed when that is completed
    sendOn(request);
  }

  private void read(IoQueue queue, ReceivedRequest request, long length) throws IoRequestException {
    MemorySegment output = request.retrieveOutput(length).segment();
    request.formatUsingCurrentType();
    request.setCompletionRoutine((sent, target, result) -> {
      xor(output, result.information(), request.deviceOffset());
      request.complete(result.status(), result.information());
    });
    if (!request.send(lower)) {
      request.complete(request.status(), 0);
    }
  }

  private void sendOn(ReceivedRequest request) {
    request.setCompletionRoutine(
        (sent, target, result) -> request.complete(result.status(), result.information()));
    if (!request.send(lower)) {
      request.complete(request.status(), 0);
    }
  }

  private void xor(MemorySegment bytes, long length, long deviceOffset) {
    for (long i = 0; i < length; i++) {
      int mask = key[(int) ((deviceOffset + i) % key.length)];
      bytes.set(JAVA_BYTE, i, (byte) (bytes.get(JAVA_BYTE, i) ^ mask));
    }
  }

  /// Writes and reads a file through the filter.
  ///
  /// @param args the file's path
  /// @throws Exception if it cannot be opened, written or read
  public static void main(String[] args) throws Exception {
    byte[] line = "for your eyes only".getBytes(US_ASCII);
    OpenOptions options = OpenOptions.of(Access.READ_WRITE).withCreate();
    try (IoDevice filter = above(IoTarget.open(args[0], options), "secret".getBytes(US_ASCII));
        IoTarget top = IoTarget.to(filter);
        IoTarget raw = IoTarget.open(args[0], Access.READ);
        IoMemory block = IoMemory.allocate(line.length)) {
      block.copyFrom(0, line);
      top.sendWriteSynchronously(block, 0);
      raw.sendReadSynchronously(block, 0);
      block.copyTo(0, line);
      System.out.println(
          "in the file: " + new String(line, US_ASCII).replaceAll("\\P{Print}", "."));
      top.sendReadSynchronously(block, 0);
      block.copyTo(0, line);
      System.out.println("read back:   " + new String(line, US_ASCII));
    }
  }
}
