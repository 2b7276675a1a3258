package dev.ioreq;

import java.util.List;

/// The rules of the contract that the [Verifier] checks while a program runs, by their names.
///
/// @see "the rules of Driver Verifier and Static Driver Verifier for KMDF"
public enum VerifierRule {
  // ------------------------------------------------------------------ requests

  ///
  REQUEST_SENT_TWICE(
      Weight.FATAL,
      "A request was sent that is in flight, or held back, already.",
      "Wait for its completion routine, or cancel it and wait, before it is sent again.",
      "R-217"),

  ///
  REQUEST_NOT_FORMATTED(
      Weight.ERROR,
      "A request was sent that nobody formatted since it was made, reused or completed.",
      "Format it for the target before every send.",
      "R-154",
      "R-155"),

  ///
  TOO_FEW_FRAMES(
      Weight.ERROR,
      "A request was sent to a target that needs more frames than it has.",
      "Format it for the target it is sent to; with several targets, change the target first.",
      "R-220"),

  ///
  FORMAT_IN_FLIGHT(
      Weight.FATAL,
      "A request in flight was formatted, or its completion routine was changed.",
      "Wait for its completion routine first.",
      "R-156"),

  ///
  REUSE_IN_FLIGHT(
      Weight.FATAL,
      "A request in flight was reused.",
      "Wait for its completion routine first.",
      "R-116"),

  ///
  CHANGE_TARGET_IN_FLIGHT(
      Weight.FATAL,
      "The target of a request in flight was changed.",
      "Wait for its completion routine first.",
      "R-343"),

  ///
  DELETE_IN_FLIGHT(
      Weight.NOTICE,
      "A created request was closed while it was in flight; it is released when it has completed.",
      "Close it after its completion routine was called, or cancel it and wait first.",
      "R-104"),

  ///
  USE_AFTER_CLOSE(
      Weight.FATAL,
      "A request, or another object, was used after it was closed.",
      "Create a new one, or close it later; a reference keeps its contexts and memory for longer.",
      "R-446"),

  ///
  DEREFERENCED_TOO_OFTEN(
      Weight.FATAL,
      "More references of an object were given back than were taken.",
      "Give back each reference once; the one a new object has goes with close().",
      "R-434"),

  ///
  STATUS_WHILE_IN_FLIGHT(
      Weight.ERROR,
      "The status of a request was asked for between its send and its completion routine.",
      "Ask in the completion routine, or after a synchronous send.",
      "R-279"),

  ///
  COMPLETION_PARAMETERS_WITHOUT_FORMAT(
      Weight.ERROR,
      "The completion parameters of a request were asked for that no target had formatted.",
      "Read them in the completion routine, or before the request is formatted or reused.",
      "R-271",
      "R-294"),

  ///
  SYNCHRONOUS_WITHOUT_TIMEOUT(
      Weight.ERROR,
      "A synchronous send has no timeout, so its thread may wait for ever.",
      "Give it one: SendOptions.synchronous().withTimeout(…).",
      "R-276"),

  ///
  ROUTINE_THREW(
      Weight.NOTICE,
      "A completion routine or a handler threw.",
      "Catch in the routine what it can throw; nobody above it can.",
      "R-212"),

  ///
  BUFFERED_OUTPUT_TOO_LARGE(
      Weight.NOTICE,
      "A device says that it moved more bytes than the buffer it was given holds.",
      "Complete the request with the number of bytes that were moved; no more were copied back.",
      "R-178"),

  ///
  TOO_MANY_REQUESTS(
      Weight.NOTICE,
      "More created requests live at one owner than its limit allows: some are probably leaked.",
      "Close requests that are not needed any more, or reuse them.",
      "R-444"),

  // ------------------------------------------------------------------ received requests

  ///
  COMPLETED_TWICE(
      Weight.ERROR,
      "A received request, or a packet, was completed a second time.",
      "Complete it once, in the place that owns it.",
      "R-105"),

  ///
  COMPLETE_WHILE_MEMORY_HELD(
      Weight.FATAL,
      "A received request was completed while a created request still holds its memory.",
      "Reuse, reformat or close the created request first.",
      "R-141",
      "R-351"),

  ///
  COMPLETE_MARKED_REQUEST(
      Weight.ERROR,
      "A cancelable request was completed outside its cancel routine and without being unmarked.",
      "Unmark it first; if that says cancelled, leave it to the cancel routine.",
      "R-323"),

  ///
  INFORMATION_TOO_LARGE(
      Weight.FATAL,
      "A request was completed with success and more information than its buffer is long.",
      "Give the number of bytes that were moved.",
      "R-286"),

  ///
  MARKED_TWICE(
      Weight.FATAL,
      "A request was made cancelable that is so already.",
      "Mark it once, or unmark it between.",
      "R-314",
      "R-317"),

  ///
  UNMARK_NOT_MARKED(
      Weight.FATAL,
      "A request was unmarked that is not cancelable.",
      "Unmark only what was marked, once.",
      "R-322"),

  ///
  SEND_MARKED_REQUEST(Weight.ERROR, "A cancelable request was sent.", "Unmark it first.", "R-324"),

  ///
  QUEUE_CALL_ON_MARKED(
      Weight.FATAL,
      "A cancelable request was forwarded, requeued, or given back to its queue.",
      "Unmark it first.",
      "R-324",
      "R-418"),

  ///
  NOT_OWNED(
      Weight.FATAL,
      "A request was used that the driver does not own: it sent it on, forwarded it, or its queue has it.",
      "Use a request between its handler's call and its completion, send or forwarding.",
      "R-317",
      "R-418"),

  ///
  RECEIVED_SENT_WITHOUT_ROUTINE(
      Weight.ERROR,
      "A received request was sent without a completion routine, so nobody would complete it.",
      "Register a routine that completes it, or send it with SendOptions.sendAndForget().",
      "R-190"),

  ///
  FORGET_WITH_ROUTINE(
      Weight.ERROR,
      "A request with a completion routine was sent and forgotten; the routine is never called.",
      "Register no routine, or send without forgetting.",
      "R-195"),

  ///
  FORGET_AFTER_FORMAT(
      Weight.ERROR,
      "A request was sent and forgotten after a format method.",
      "Send it unformatted, or by formatUsingCurrentType; or register a routine and do not forget it.",
      "R-239"),

  ///
  RETRIEVED_AFTER_COMPLETION(
      Weight.FATAL,
      "The memory of a received request was asked for after it was completed or passed on.",
      "Take what is needed before the completion.",
      "R-128",
      "R-446"),

  ///
  USE_AFTER_COMPLETION(
      Weight.ERROR,
      "A received request was used after it was completed.",
      "Take what is needed before the completion.",
      "R-285",
      "R-446"),

  ///
  IS_CANCELED_NOT_OWNED(
      Weight.ERROR,
      "Whether a request is cancelled was asked of one that is cancelable or not owned.",
      "Ask only while the driver owns it unmarked; its cancel routine tells the rest.",
      "R-327"),

  ///
  WRONG_DIRECTION_RETRIEVED(
      Weight.FATAL,
      "The input of a read, or the output of a write, was asked for.",
      "A read has output, a write has input.",
      "R-447"),

  // ------------------------------------------------------------------ queues

  ///
  STOP_ACKNOWLEDGE_OUTSIDE_IO_STOP(
      Weight.FATAL,
      "A stop was acknowledged outside the queue's stop handler.",
      "Acknowledge in the stop handler, for the request it was called with.",
      "R-418",
      "R-448"),

  ///
  IO_STOP_NOT_ANSWERED(
      Weight.NOTICE,
      "A device has waited longer than the limit for its driver's answers to a stop.",
      "Complete, cancel or acknowledge each request that the stop handler is told of.",
      "R-448"),

  ///
  QUEUE_STATE_CHANGED_EARLY(
      Weight.ERROR,
      "The state of a queue was changed before the callback of the last change came.",
      "Wait for the callback.",
      "R-411"),

  ///
  RETRIEVE_WITHOUT_REQUEST_OUT(
      Weight.ERROR,
      "A further request was fetched from a sequential queue while none is out.",
      "Let the queue present the first one; fetch further ones while the driver has it.",
      "R-376"),

  ///
  DELETE_DEFAULT_QUEUE(
      Weight.ERROR,
      "A device's default queue, or one that a request type is routed to, was closed by the driver.",
      "Leave it to the device.",
      "R-368"),

  ///
  OWNED_AT_REMOVAL(
      Weight.NOTICE,
      "A queue or device cannot go away, because its driver has kept requests longer than the limit.",
      "Complete, forward or send every request that is received.",
      "R-445"),

  // ------------------------------------------------------------------ waiting

  ///
  WAIT_IN_CALLBACK(
      Weight.FATAL,
      "A completion routine or a handler waits for requests, and so perhaps for itself.",
      "Wait on another thread, or send asynchronously.",
      "R-054",
      "R-088",
      "R-231",
      "R-404"),

  ///
  CHANGE_DURING_CHANGE(
      Weight.FATAL,
      "A completion routine changes the state of a target that another thread is changing.",
      "Change the state on a thread that may wait.",
      "R-039"),

  ///
  WAIT_TOO_LONG(
      Weight.NOTICE,
      "A wait for requests takes longer than the limit.",
      "See what it waits for; cancel it, give it a timeout, or raise Verifier.waitLimit.",
      "R-441");

  /// What becomes of whoever breaks a rule.
  public enum Weight {
    /// The call throws [IoMisuseException] in every mode, and has no effect: to go on would lose
    /// data or wait for ever, or there is nothing sensible that it could do.
    FATAL,
    /// Reported; in the strict mode the call throws [IoMisuseException].
    ERROR,
    /// Reported only: there is nobody to throw to, or the throw would do more harm.
    NOTICE
  }

  private final Weight weight;
  private final String wrong;
  private final String wayOut;
  private final String statements; // with blanks between

  VerifierRule(Weight weight, String wrong, String wayOut, String... statements) {
    this.weight = weight;
    this.wrong = wrong;
    this.wayOut = wayOut;
    this.statements = String.join(" ", statements);
  }

  /// What becomes of whoever breaks it.
  ///
  /// @return the weight
  public Weight weight() {
    return weight;
  }

  /// What is wrong.
  ///
  /// @return one sentence
  public String wrong() {
    return wrong;
  }

  /// What to do instead.
  ///
  /// @return one sentence
  public String wayOut() {
    return wayOut;
  }

  /// The statements of the contract that it stands for.
  ///
  /// @return numbers, `R-nnn`
  public List<String> statements() {
    return List.of(statements.split(" "));
  }

  /// Whether it is checked unless [Verifier#disable(VerifierRule)] was called. The others are asked
  /// for by [Verifier#enable(VerifierRule)]: they forbid what is allowed here, and what a program
  /// may still want to do without.
  ///
  /// @return false for [#STATUS_WHILE_IN_FLIGHT] and [#SYNCHRONOUS_WITHOUT_TIMEOUT]
  public boolean isOnByDefault() {
    return this != STATUS_WHILE_IN_FLIGHT && this != SYNCHRONOUS_WITHOUT_TIMEOUT;
  }
}
