package dev.ioreq.bench.rivals;

import dev.ioreq.bench.reference.NativeFile;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.uring.IoUringIoEvent;
import io.netty.channel.uring.IoUringIoHandle;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoOps;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/// Netty's event loop over io_uring, driven by its raw operations: Netty has no file channel, but
/// takes any operation of the ring.
final class NettyRival implements Rival {
  private static final byte READ = 22; // IORING_OP_READ
  private static final int RING_ENTRIES = 256;

  private final ReadWork work;
  private final NativeFile file;
  private final MultiThreadIoEventLoopGroup group;
  private final IoEventLoop loop;
  private final IoRegistration registration;
  private final ByteBuffer[] buffers;
  private final long[] addresses;
  private final long[] numbers; // the event loop's
  private final InFlight inFlight = new InFlight();
  private volatile long end;

  NettyRival(ReadWork work) throws Exception {
    this.work = work;
    file = NativeFile.open(work.file().toString(), work.isDirect());
    buffers = new ByteBuffer[work.depth()];
    addresses = new long[work.depth()];
    numbers = new long[work.depth()];
    for (int i = 0; i < buffers.length; i++) {
      buffers[i] = work.buffer();
      addresses[i] = MemorySegment.ofBuffer(buffers[i]).address();
    }
    group = new MultiThreadIoEventLoopGroup(1, IoUringIoHandler.newFactory(RING_ENTRIES));
    loop = group.next();
    registration = loop.register(new Handle()).get();
  }

  @Override
  public void read(long first, long count) throws Exception {
    end = first + count;
    inFlight.begin(buffers.length);
    loop.execute(() -> {
      for (int i = 0; i < buffers.length; i++) {
        submit(i, first + i);
      }
    });
    inFlight.await();
  }

  private void submit(int place, long number) {
    if (number >= end) {
      inFlight.placeEnded();
      return;
    }
    numbers[place] = number;
    registration.submit(
        new IoUringIoOps(
            READ,
            (byte) 0,
            (short) 0,
            file.fd(),
            work.offset(number),
            addresses[place],
            work.blockBytes(),
            0,
            (long) place,
            (short) 0,
            (short) 0,
            0,
            0L));
  }

  @Override
  public void close() {
    registration.cancel();
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    file.close();
  }

  /// What the event loop tells of each completion.
  private final class Handle implements IoUringIoHandle {
    @Override
    public void handle(IoRegistration registered, IoEvent event) {
      IoUringIoEvent completion = (IoUringIoEvent) event;
      int place = (int) completion.userData();
      try {
        work.completed(completion.res(), buffers[place], numbers[place]);
      } catch (IllegalStateException e) {
        inFlight.placeFailed(e);
        return;
      }
      submit(place, numbers[place] + work.depth());
    }

    @Override
    public void close() {}
  }
}
