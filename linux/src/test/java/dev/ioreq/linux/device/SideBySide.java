package dev.ioreq.linux.device;

import dev.ioreq.Access;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoTarget;
import dev.ioreq.OpenOptions;
import dev.ioreq.linux.abi.FileCalls;
import dev.ioreq.linux.engine.Pipe;
import dev.ioreq.linux.engine.RingEngine;

/// Reads of a pipe that all wait in the ring at the same time, as those of a character device do.
public final class SideBySide {
  private SideBySide() {}

  /// A target that reads a pipe.
  public static IoTarget reads(Pipe pipe, RingEngine engine) throws IoRequestException {
    String name = pipe.readName();
    String path = name.substring(name.indexOf(':') + 1);
    int fd = FileCalls.open(path, FileCalls.O_RDONLY | FileCalls.O_CLOEXEC, 0);
    if (fd < 0) {
      throw new AssertionError("open of %s gives %d".formatted(path, fd));
    }
    return IoTarget.over(name, new CharacterDevice(fd, OpenOptions.of(Access.READ), engine));
  }
}
