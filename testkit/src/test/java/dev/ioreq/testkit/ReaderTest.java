package dev.ioreq.testkit;

import dev.ioreq.Frame;
import dev.ioreq.IoStatus;
import dev.ioreq.IoTarget;
import dev.ioreq.Packet;
import dev.ioreq.several.ContinuousReader;
import dev.ioreq.several.ReaderConfig;
import dev.ioreq.testkit.ManualDevice.OnCancel;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;

/// What tests of readers share: a reader over a device that completes by hand, and what its
/// callbacks were given.
abstract class ReaderTest extends ScriptedTest {
  static final IoStatus EIO = IoStatus.ofErrno(5);
  static final ReaderConfig THREE = ReaderConfig.of(16).withReads(3);

  /// What a callback was given: the first byte of data, how many, and on which thread.
  record Data(byte first, long bytes, Thread thread) {}

  final ManualDevice device = new ManualDevice().onCancel(OnCancel.COMPLETE);
  final IoTarget target = over(device);
  final List<Data> data = new CopyOnWriteArrayList<>();
  final Semaphore delivered = new Semaphore(0);
  final List<IoStatus> failures = new CopyOnWriteArrayList<>();
  final Semaphore failed = new Semaphore(0);
  final List<ContinuousReader> readers = new ArrayList<>();
  volatile boolean goesOn;
  volatile Runnable inRead = () -> {};
  volatile Runnable inFailed = () -> {};

  ContinuousReader reader(ReaderConfig config) {
    ContinuousReader reader =
        new ContinuousReader(
            target,
            config,
            (at, memory, bytes, context) -> {
              byte first = memory.segment().get(ValueLayout.JAVA_BYTE, config.headerBytes());
              data.add(new Data(first, bytes, Thread.currentThread()));
              try {
                inRead.run();
              } finally {
                delivered.release();
              }
            },
            (at, status, context) -> {
              failures.add(status);
              try {
                inFailed.run();
              } finally {
                failed.release();
              }
              return goesOn;
            });
    readers.add(reader);
    return reader;
  }

  /// A reader that has sent all its reads.
  ContinuousReader started(ReaderConfig config) {
    ContinuousReader reader = reader(config);
    reader.start();
    device.awaitArrivals(config.reads());
    return reader;
  }

  void awaitDelivered(int more) {
    Waiting.forPermits(more + " callbacks", delivered, more);
  }

  void awaitFailed() {
    Waiting.forPermits("failure callback", failed, 1);
  }

  static void awaitIdle(ContinuousReader reader) {
    Waiting.until("idle reader", () -> !reader.isRunning());
  }

  /// Completes a read with bytes.
  static void give(Packet packet, int value) {
    Frame frame = packet.frame();
    frame.outputSegment().asSlice(frame.outputBase(), frame.outputLength()).fill((byte) value);
    packet.complete(IoStatus.SUCCESS, frame.outputLength());
  }

  List<Byte> values() {
    return data.stream().map(Data::first).toList();
  }

  @AfterEach
  void closeReaders() {
    inRead = () -> {};
    inFailed = () -> {};
    goesOn = false;
    device.atOnce(null);
    for (ContinuousReader reader : readers) {
      Thread closer = Thread.ofPlatform().daemon().start(reader::close);
      // a device that refused a cancel keeps the packet
      Waiting.until(
          "close of " + reader,
          () -> {
            device.completeIfKept(IoStatus.CANCELLED);
            return !closer.isAlive();
          });
    }
  }
}
