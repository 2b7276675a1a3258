package dev.ioreq;

/// Takes a request of any type over.
///
/// **Effect.** The driver owns the request from now on: it completes it, forwards it, sends it on,
/// or keeps it and does so later, from any thread. A handler that throws an [IoRequestException]
/// before it did any of this ends the request with that status; one that throws anything else, an
/// error of the virtual machine too, with [IoStatus#UNSUCCESSFUL], and the verifier reports it.
/// Nothing that a handler throws reaches whoever made the request deliverable. A request whose
/// memory another one is still formatted with cannot be ended: it stays the driver's.
///
/// **Threading.** Any thread: the sender's, a completing or starting one, or a virtual one if the
/// queue's callbacks may block.
///
/// @see "EvtIoDefault, EvtIoCanceledOnQueue, EvtIoResume"
@FunctionalInterface
public interface RequestHandler {
  /// A request is the driver's now.
  ///
  /// @param queue delivers it
  /// @param request the request
  /// @throws IoRequestException to end it with that status
  void handle(IoQueue queue, ReceivedRequest request) throws IoRequestException;
}
