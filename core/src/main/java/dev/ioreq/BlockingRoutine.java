package dev.ioreq;

import java.util.Objects;

/// Marks a routine that wants a virtual thread of its own.
record BlockingRoutine(CompletionRoutine routine) implements CompletionRoutine {
  BlockingRoutine {
    Objects.requireNonNull(routine, "routine");
  }

  @Override
  public void completed(IoRequest request, IoTarget target, CompletionParameters result) {
    routine.completed(request, target, result);
  }
}
