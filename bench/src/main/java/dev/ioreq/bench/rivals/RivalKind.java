package dev.ioreq.bench.rivals;

import dev.ioreq.IoMemory;
import dev.ioreq.IoTarget;
import dev.ioreq.bench.reference.Reference;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.function.UnaryOperator;

/// Who can be measured in a process of its own, by name.
public enum RivalKind {
  /// Ours, memory allocated one by one.
  IOREQ("ioreq") {
    @Override
    Rival open(ReadWork work) throws Exception {
      return new IoreqRival(work, false, UnaryOperator.identity());
    }
  },
  /// Ours, memory of a pool.
  IOREQ_POOLED("ioreq, pooled memory") {
    @Override
    Rival open(ReadWork work) throws Exception {
      return new IoreqRival(work, true, UnaryOperator.identity());
    }
  },
  /// Ours, synchronous calls of virtual threads.
  IOREQ_VIRTUAL("ioreq, virtual threads") {
    @Override
    Rival open(ReadWork work) throws Exception {
      IoTarget target = IoTarget.open(IoreqRival.name(work), IoreqRival.options(work));
      return new ThreadsRival(work, Thread.ofVirtual(), buffer -> reader(target, buffer));
    }
  },
  /// The JDK's asynchronous channel.
  ASYNCHRONOUS_CHANNEL("AsynchronousFileChannel") {
    @Override
    Rival open(ReadWork work) throws Exception {
      return new AsynchronousChannelRival(work);
    }
  },
  /// The JDK's channel, read by virtual threads.
  CHANNEL_VIRTUAL("FileChannel, virtual threads") {
    @Override
    Rival open(ReadWork work) throws Exception {
      FileChannel channel = channel(work);
      return new ThreadsRival(work, Thread.ofVirtual(), buffer -> reader(channel));
    }
  },
  /// The JDK's channel, read by platform threads.
  CHANNEL_PLATFORM("FileChannel, platform threads") {
    @Override
    Rival open(ReadWork work) throws Exception {
      FileChannel channel = channel(work);
      return new ThreadsRival(work, Thread.ofPlatform().daemon(), buffer -> reader(channel));
    }
  },
  /// Netty's ring.
  NETTY("Netty 4.2.18") {
    @Override
    Rival open(ReadWork work) throws Exception {
      return new NettyRival(work);
    }
  },
  /// jasyncfio's ring.
  JASYNCFIO("jasyncfio 0.0.7") {
    @Override
    Rival open(ReadWork work) throws Exception {
      return new JasyncfioRival(work);
    }
  },
  /// A bare loop in C.
  RING_IN_C("ring in C") {
    @Override
    Rival open(ReadWork work) throws Exception {
      return new RingInC(work, Reference.compile(), false);
    }
  },
  /// Ours, four targets at a time, with the work's depth each.
  IOREQ_FOUR_TARGETS("ioreq, four targets") {
    @Override
    Rival open(ReadWork work) throws Exception {
      return new SeveralTargets(work, 4);
    }
  },
  /// Ours, requests sent by another thread than the engine's.
  ANOTHER_THREAD("ioreq, another thread") {
    @Override
    Rival open(ReadWork work) throws Exception {
      return new SendingThreads(work, 1, Thread.ofPlatform().daemon(), false);
    }
  },
  /// The same, and the engine's thread carries them out.
  HAND_OVER("ioreq, another thread, handed over") {
    @Override
    Rival open(ReadWork work) throws Exception {
      return new SendingThreads(work, 1, Thread.ofPlatform().daemon(), true);
    }
  },
  /// Ours, requests that eight virtual threads hand over.
  VIRTUAL_SENDERS("ioreq, 8 virtual threads") {
    @Override
    Rival open(ReadWork work) throws Exception {
      return new SendingThreads(work, 8, Thread.ofVirtual(), true);
    }
  };

  private final String label;

  RivalKind(String label) {
    this.label = label;
  }

  /// As the table says it.
  ///
  /// @return a name
  public String label() {
    return label;
  }

  abstract Rival open(ReadWork work) throws Exception;

  private static ThreadsRival.BlockReader reader(IoTarget target, ByteBuffer buffer) {
    IoMemory memory = IoMemory.wrap(buffer);
    return new ThreadsRival.BlockReader() {
      @Override
      public long read(ByteBuffer same, long offset) throws IOException {
        return target.sendReadSynchronously(memory, offset);
      }

      @Override
      public void close() {
        memory.close();
        target.close();
      }
    };
  }

  private static FileChannel channel(ReadWork work) throws IOException {
    return FileChannel.open(work.file(), AsynchronousChannelRival.options(work));
  }

  private static ThreadsRival.BlockReader reader(FileChannel channel) {
    return new ThreadsRival.BlockReader() {
      @Override
      public long read(ByteBuffer buffer, long offset) throws IOException {
        buffer.clear();
        return channel.read(buffer, offset);
      }

      @Override
      public void close() throws IOException {
        channel.close();
      }
    };
  }
}
