package dev.ioreq.testkit;

import dev.ioreq.IoRequestException;
import dev.ioreq.IoTarget;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;

/// The contract of a storage target, as tests. An engine proves that it keeps it by a subclass that
/// says how to open one:
///
/// ```java
/// class MemoryTargetConformanceTest extends TargetConformance {
///   @Override
///   public IoTarget open(long sizeBytes) throws IoRequestException {
///     return IoTarget.open("memory:" + sizeBytes, Access.READ_WRITE);
///   }
/// }
/// ```
///
/// The tests are in the interfaces it implements, one for each part of the contract. The names of
/// the tests begin with the statements of the behaviour specification that they check.
public abstract class TargetConformance
    implements TransferConformance,
        SendConformance,
        RoutineConformance,
        StateConformance,
        SynchronousConformance,
        BlockingConformance {
  private final LeakTracker made = new LeakTracker();

  /// For subclasses.
  protected TargetConformance() {}

  @Override
  public int unitBytes() {
    return 1;
  }

  @Override
  public boolean canReopen() {
    return true;
  }

  @Override
  public Optional<IoTarget> openBlocking() throws IoRequestException {
    return Optional.empty();
  }

  @Override
  public final LeakTracker made() {
    return made;
  }

  /// Closes what the test made, and fails on leaks.
  @AfterEach
  final void closeWhatWasMade() {
    made.close();
  }
}
