package dev.ioreq.several;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// In which order a reader's reads are sent and take their turns, and where on the device they
/// begin.
///
/// Every method needs the reader's lock.
final class ReadOrder {
  /*
   *   toSend ──send──▶ turns[number of send % reads]   in order: their turn is due when they have ended and all before have
   *     ▲                      │
   *     └──────────────────────┘ turn taken
   *
   * At most as many reads are out as there are places, and a read goes to a place only after its turn: so the numbers out
   * are never further apart than there are places, and no place is taken twice.
   *
   * Places on the device: position is behind what was delivered. A turn that leaves a gap there (cancelled, failed, or
   * fewer bytes than asked for) lets the next send begin at the gap. Reads that were sent for places further on find, when
   * their turn comes, that they do not begin where the data ends; they are not delivered, and sent again.
   */
  private final ReaderConfig config;
  private final ArrayDeque<PendingRead> toSend = new ArrayDeque<>();
  private final @Nullable PendingRead[] turns;
  private long nextSend; // number
  private long nextTurn; // number
  private long nextOffset; // of the next send
  private long position;

  ReadOrder(ReaderConfig config) {
    this.config = config;
    turns = new PendingRead[config.reads()];
    position = config.hasPositions() ? config.firstOffset() : 0;
  }

  boolean hasToSendLocked() {
    return !toSend.isEmpty();
  }

  void sendLocked(PendingRead read) {
    toSend.add(read);
  }

  /// All are at rest, and begin where the data ended.
  void sendAllLocked(PendingRead[] reads) {
    nextOffset = position;
    Collections.addAll(toSend, reads);
  }

  PendingRead takeToSendLocked() {
    return toSend.remove();
  }

  /// Gives a read that is about to be sent its number and its place.
  void numberLocked(PendingRead read) {
    read.hasEnded = false;
    read.offset = nextOffset;
    if (config.hasPositions()) {
      nextOffset += config.dataBytes();
    }
    if (config.isOrdered()) {
      turns[at(nextSend)] = read;
      nextSend++;
    }
  }

  boolean isTurnDueLocked() {
    PendingRead next = turns[at(nextTurn)];
    return next != null && next.hasEnded;
  }

  PendingRead takeTurnLocked() {
    int at = at(nextTurn);
    PendingRead taken = Objects.requireNonNull(turns[at]);
    turns[at] = null;
    nextTurn++;
    return taken;
  }

  /// Whether a read whose turn it is has data that is to be delivered.
  boolean isInPlaceLocked(PendingRead read) {
    return read.status().isSuccess() && (!config.hasPositions() || read.offset == position);
  }

  /// A read's turn is over.
  void movedLocked(PendingRead read, boolean isDelivered) {
    if (!config.hasPositions()) {
      return;
    }
    if (isDelivered) {
      position += read.bytes();
      if (read.bytes() < config.dataBytes()) {
        nextOffset = position;
      }
    } else if (read.offset == position) {
      nextOffset = position;
    }
  }

  private int at(long number) {
    return (int) (number % turns.length);
  }
}
