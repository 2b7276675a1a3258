package dev.ioreq.log;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What a thing that the program made says of itself, asked so that nothing fails by it.
///
/// Who asks is in the middle of completing other people's requests, on a thread that must not end,
/// and the words of an exception are the program's code: they may throw, or recurse until the stack
/// ends. That is not passed on.
///
/// Any thread.
public final class Words {
  private Words() {}

  /// What a throwable says of itself.
  ///
  /// @param thrown what the program threw
  /// @return its own text, or the name of its class if it has none or fails to give it
  public static String of(Throwable thrown) {
    String own = ask(thrown::toString);
    return own != null ? own : thrown.getClass().getName();
  }

  /// Asks for any words.
  ///
  /// @param words gives them
  /// @return null if they are null, or fail
  public static @Nullable String ask(Supplier<@Nullable String> words) {
    try {
      return words.get();
    } catch (Throwable failure) {
      return null; // as with a log that fails: there is nobody to tell
    }
  }
}
