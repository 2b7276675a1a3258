package dev.ioreq;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where requests are sent: a file, a device, anything that a name opens.
///
/// **Names.** `file:PATH`, `block:PATH`, `char:PATH`, a bare path (which means what the path is),
/// `memory:SIZE`, `null:SIZE`, `pattern:SIZE[,seed]`, `device:NAME` (the top of a [DeviceStack]),
/// and what further providers bring.
///
/// **Positions.** Reads and writes name their offset; there is no current position. Devices without
/// positions (terminals, random numbers) ignore it.
///
/// **Order and overlap.** Requests in flight at the same time may be carried out in any order; who
/// needs an order sends the next one from the completion routine of the one before. Overlapping
/// ones are the caller's affair. Pipes and terminals keep the order: reads are carried out as they
/// were sent, one after another, and so are writes.
///
/// **Partial transfers.** Files and block devices transfer the whole window or up to the end: fewer
/// bytes mean that the end was reached, none at all at or behind it is [IoStatus#END_OF_FILE]. A
/// failure in the middle of a window is that failure, with the bytes moved before it as
/// information. Pipes, terminals and other character devices give what there is. A write to a pipe
/// or terminal ends when all is written; if it fails or is cancelled before, its information says
/// how much was. Other character devices take what they take at once.
///
/// **Threading.** Every method may be called from any thread. Those that wait (stop and purge with
/// waiting, close, the synchronous conveniences) must not be called from a completion routine and
/// throw there. Changes of the state come one after another: a completion routine that wants one
/// while another thread is at one would have to wait, and is refused with
/// [IoStatus#INVALID_DEVICE_STATE]. One that waits and is going to cancel asks the requests in
/// flight at once: so a close ends what a waiting stop before it waits for.
///
/// @see "WDFIOTARGET; general I/O targets"
public final class IoTarget extends IoObject {
  private static final SendOptions SYNCHRONOUS = SendOptions.synchronous();

  private final TargetTraffic traffic;
  private final TargetChanges changes;
  private final Formatting formatting = new Formatting(this);
  private final SynchronousCalls calls = new SynchronousCalls(this);
  private final TargetTies ties = new TargetTies(this);
  private final BriefLook briefLook = BriefLook.forEnd();

  private volatile TargetOrigin origin; // changed by TargetChanges

  private IoTarget(TargetOrigin origin, Device device) {
    this.origin = origin;
    traffic = new TargetTraffic(this, device);
    changes = new TargetChanges(this, traffic);
  }

  /// Opens an existing target.
  ///
  /// @param name see above
  /// @param access for what
  /// @return the target, started
  /// @throws IoRequestException if it cannot be opened; the status says why
  /// @throws IllegalArgumentException if the name is none
  /// @see "WdfIoTargetCreate, WdfIoTargetOpen"
  public static IoTarget open(String name, Access access) throws IoRequestException {
    return open(name, OpenOptions.of(access));
  }

  /// Opens a target.
  ///
  /// @param name see above
  /// @param options how
  /// @return the target, started
  /// @throws IoRequestException if it cannot be opened; the status says why
  /// @throws IllegalArgumentException if the name is none
  public static IoTarget open(String name, OpenOptions options) throws IoRequestException {
    TargetName parsed = TargetName.parse(name);
    Device device = Devices.open(parsed, options);
    IoTarget target = new IoTarget(TargetOrigin.named(parsed, options), device);
    target.ties.serveTopOf(device);
    return target;
  }

  /// A target over a device that is not opened by name.
  ///
  /// @param name for messages
  /// @param device becomes the target's: closing the target closes it
  /// @return the target, started; it cannot be reopened by its old name
  public static IoTarget over(String name, Device device) {
    return new IoTarget(TargetOrigin.given(name), Objects.requireNonNull(device, "device"));
  }

  /// A target that leads to a device in Java, and to that device exactly: devices above it see
  /// nothing. For the top of a stack open it by its name.
  ///
  /// @param device the device; it closes the target when it goes
  /// @return the target, started
  /// @see "WdfIoTargetOpen with an existing device"
  public static IoTarget to(IoDevice device) {
    IoTarget target = new IoTarget(TargetOrigin.given(device.name()), device.entry());
    target.ties.serve(device);
    return target;
  }

  /// A target to the top of a stack, which closes it when it goes.
  static IoTarget over(DeviceStack stack, Device client) {
    IoTarget target = over(stack.toString(), client);
    target.ties.serveTopOf(client);
    return target;
  }

  /// The engines that are here, and for each why it cannot be used, if so.
  ///
  /// @return one line each, the preferred first
  public static List<String> engines() {
    return Devices.providers().stream()
        .map(p ->
            p.engine() + p.unavailable().map(reason -> " (unavailable: " + reason + ")").orElse(""))
        .distinct()
        .toList();
  }

  // ------------------------------------------------------------------ what it is

  /// Its name, as it was opened.
  ///
  /// @return `SCHEME:REST`
  public String name() {
    return origin.name().toString();
  }

  /// Whose driver sends to it: the device above a local target, or the one that adopted it.
  ///
  /// @return empty for a target of the program's
  /// @see "WdfIoTargetGetDevice"
  public Optional<IoDevice> device() {
    return Optional.ofNullable(ties.owner());
  }

  /// What it does with sends now.
  ///
  /// @return the state
  public TargetState state() {
    return traffic.state();
  }

  /// What its device is, asked anew. A close waits for the answer.
  ///
  /// @return kind, size, alignment, engine and codes
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_STATE] if it is closed
  public DeviceInfo info() {
    return traffic.info();
  }

  /// How many requests are in flight: delivered to the device, their completion routines not yet
  /// returned.
  ///
  /// @return a count that may be old when it is read
  public int requestsInFlight() {
    return traffic.inFlight();
  }

  /// How many requests it holds back because it is stopped.
  ///
  /// @return a count that may be old when it is read
  public int requestsHeld() {
    return traffic.held();
  }

  // ------------------------------------------------------------------ format

  /// Formats a request as a read into the whole of a memory.
  ///
  /// @param request not in flight; what was formatted before is replaced
  /// @param output receives the bytes; [IoMemory#none()] for a transfer of length 0
  /// @param deviceOffset where on the device to begin, in bytes from 0
  /// @throws IoMisuseException see the other form
  /// @see "WdfIoTargetFormatRequestForRead"
  public void formatRead(IoRequest request, IoMemory output, long deviceOffset) {
    formatRead(request, output, 0, 0, deviceOffset);
  }

  /// Formats a request as a read into a window of a memory.
  ///
  /// @param request not in flight; what was formatted before is replaced
  /// @param output receives the bytes; owned by the target from `send` until the completion routine
  ///   is entered
  /// @param windowOffset where the window begins, in bytes from 0
  /// @param windowLength how long it is; 0 for all from the offset on
  /// @param deviceOffset where on the device to begin, in bytes from 0
  /// @throws IoMisuseException [IoStatus#INTEGER_OVERFLOW] if the window leads beyond the memory,
  ///   [IoStatus#INVALID_DEVICE_STATE] if the target is closed, [IoStatus#ACCESS_VIOLATION] if the
  ///   memory may only be read, [IoStatus#INVALID_DEVICE_REQUEST] if the request is in flight
  /// @see "WdfIoTargetFormatRequestForRead; man 2 pread"
  public void formatRead(
      IoRequest request, IoMemory output, long windowOffset, long windowLength, long deviceOffset) {
    formatting.read(request, output, windowOffset, windowLength, deviceOffset);
  }

  /// Formats a request as a write of the whole of a memory.
  ///
  /// @param request not in flight; what was formatted before is replaced
  /// @param input gives the bytes; [IoMemory#none()] for a transfer of length 0
  /// @param deviceOffset where on the device to begin, in bytes from 0
  /// @throws IoMisuseException as for reads
  /// @see "WdfIoTargetFormatRequestForWrite"
  public void formatWrite(IoRequest request, IoMemory input, long deviceOffset) {
    formatWrite(request, input, 0, 0, deviceOffset);
  }

  /// Formats a request as a write of a window of a memory.
  ///
  /// @param request not in flight; what was formatted before is replaced
  /// @param input gives the bytes; not to be changed from `send` until the completion routine is
  ///   entered
  /// @param windowOffset where the window begins, in bytes from 0
  /// @param windowLength how long it is; 0 for all from the offset on
  /// @param deviceOffset where on the device to begin, in bytes from 0
  /// @throws IoMisuseException as for reads
  /// @see "WdfIoTargetFormatRequestForWrite; man 2 pwrite"
  public void formatWrite(
      IoRequest request, IoMemory input, long windowOffset, long windowLength, long deviceOffset) {
    formatting.write(request, input, windowOffset, windowLength, deviceOffset);
  }

  /// Formats a request as a device control over whole memories.
  ///
  /// @param request not in flight; what was formatted before is replaced
  /// @param code what to do
  /// @param input what the device is given; [IoMemory#none()] for nothing
  /// @param output what it fills; [IoMemory#none()] for nothing
  /// @throws IoMisuseException see the other form
  /// @see "WdfIoTargetFormatRequestForIoctl"
  public void formatDeviceControl(
      IoRequest request, ControlCode code, IoMemory input, IoMemory output) {
    formatting.control(request, RequestType.DEVICE_CONTROL, code, input, 0, 0, output, 0, 0);
  }

  /// Formats a request as a device control over windows of memories.
  ///
  /// With a buffered code, as every `ioctl` is, the input is copied now: changing it before the
  /// device looks has no effect; and the output is copied into the memory before the completion
  /// routine runs.
  ///
  /// @param request not in flight; what was formatted before is replaced
  /// @param code what to do
  /// @param input what the device is given
  /// @param inputOffset where its window begins, in bytes from 0
  /// @param inputLength how long it is; 0 for all from the offset on
  /// @param output what the device fills
  /// @param outputOffset where its window begins, in bytes from 0
  /// @param outputLength how long it is; 0 for all from the offset on
  /// @throws IoMisuseException as for reads; [IoStatus#BUFFER_TOO_SMALL] if the code says a size
  ///   and a window is smaller
  /// @see "WdfIoTargetFormatRequestForIoctl; man 2 ioctl"
  public void formatDeviceControl(
      IoRequest request,
      ControlCode code,
      IoMemory input,
      long inputOffset,
      long inputLength,
      IoMemory output,
      long outputOffset,
      long outputLength) {
    formatting.control(
        request,
        RequestType.DEVICE_CONTROL,
        code,
        input,
        inputOffset,
        inputLength,
        output,
        outputOffset,
        outputLength);
  }

  /// Formats a request as an internal device control, which only drivers send to one another.
  ///
  /// @param request not in flight; what was formatted before is replaced
  /// @param code what to do
  /// @param input what the device is given; [IoMemory#none()] for nothing
  /// @param output what it fills; [IoMemory#none()] for nothing
  /// @throws IoMisuseException as for a device control
  /// @see "WdfIoTargetFormatRequestForInternalIoctl"
  public void formatInternalDeviceControl(
      IoRequest request, ControlCode code, IoMemory input, IoMemory output) {
    formatting.control(
        request, RequestType.INTERNAL_DEVICE_CONTROL, code, input, 0, 0, output, 0, 0);
  }

  /// Formats a request as an internal device control over windows of memories.
  ///
  /// @param request not in flight; what was formatted before is replaced
  /// @param code what to do
  /// @param input what the device is given
  /// @param inputOffset where its window begins, in bytes from 0
  /// @param inputLength how long it is; 0 for all from the offset on
  /// @param output what the device fills
  /// @param outputOffset where its window begins, in bytes from 0
  /// @param outputLength how long it is; 0 for all from the offset on
  /// @throws IoMisuseException as for a device control
  /// @see "WdfIoTargetFormatRequestForInternalIoctl"
  public void formatInternalDeviceControl(
      IoRequest request,
      ControlCode code,
      IoMemory input,
      long inputOffset,
      long inputLength,
      IoMemory output,
      long outputOffset,
      long outputLength) {
    formatting.control(
        request,
        RequestType.INTERNAL_DEVICE_CONTROL,
        code,
        input,
        inputOffset,
        inputLength,
        output,
        outputOffset,
        outputLength);
  }

  /// Formats a request as an internal device control with three arguments, which reach the device
  /// as they are.
  ///
  /// @param request not in flight; what was formatted before is replaced
  /// @param code what to do
  /// @param argument1 the first argument
  /// @param argument2 the second
  /// @param argument4 the third; WDF's third is the code
  /// @throws IoMisuseException as for a device control
  /// @see "WdfIoTargetFormatRequestForInternalIoctlOthers"
  public void formatInternalDeviceControlOthers(
      IoRequest request,
      ControlCode code,
      @Nullable Object argument1,
      @Nullable Object argument2,
      @Nullable Object argument4) {
    formatting.others(request, code, argument1, argument2, argument4);
  }

  // ------------------------------------------------------------------ the synchronous conveniences

  /// Reads into the whole of a memory and waits.
  ///
  /// @param output receives the bytes
  /// @param deviceOffset where on the device to begin
  /// @return bytes read, fewer than asked for only at the end
  /// @throws IoRequestException if it ended with a warning or an error, [IoStatus#END_OF_FILE]
  ///   included
  /// @see "WdfIoTargetSendReadSynchronously"
  public long sendReadSynchronously(IoMemory output, long deviceOffset) throws IoRequestException {
    return sendReadSynchronously(Optional.empty(), output, 0, 0, deviceOffset, SYNCHRONOUS);
  }

  /// Reads into a window of a memory and waits.
  ///
  /// **Effect.** Formats, sends and waits; gives all references on memory back before it returns.
  /// With a request of the caller's another thread can cancel it; its earlier formatting and
  /// routine are lost, and no routine is called.
  ///
  /// **Threading.** Parks the calling thread; a virtual thread gives its carrier back, but for what
  /// is expected to take no longer than handing it over. An interrupt does not end the wait and is
  /// kept. Not from a completion routine. A timeout in the options asks for cancel; the call
  /// returns when the device has ended the request.
  ///
  /// @param request the request to use, or empty for one of the target's
  /// @param output receives the bytes
  /// @param windowOffset where the window begins
  /// @param windowLength how long it is; 0 for all from the offset on
  /// @param deviceOffset where on the device to begin
  /// @param options timeout, and whether to ignore the target's state
  /// @return bytes read, fewer than asked for only at the end
  /// @throws IoRequestException if it was refused, or ended with a warning or an error; carries the
  ///   bytes moved
  /// @throws IoMisuseException for a bad window, a closed target, a thread that must not wait, send
  ///   and forget
  /// @see "WdfIoTargetSendReadSynchronously"
  public long sendReadSynchronously(
      Optional<IoRequest> request,
      IoMemory output,
      long windowOffset,
      long windowLength,
      long deviceOffset,
      SendOptions options)
      throws IoRequestException { // hot path: see SynchronousReadBenchmark
    IoRequest used = calls.begin(request);
    try {
      formatRead(used, output, windowOffset, windowLength, deviceOffset);
      return calls.transact(used, options);
    } finally {
      calls.end(request, used);
    }
  }

  /// Writes the whole of a memory and waits.
  ///
  /// @param input gives the bytes
  /// @param deviceOffset where on the device to begin
  /// @return bytes written
  /// @throws IoRequestException if it ended with a warning or an error
  /// @see "WdfIoTargetSendWriteSynchronously"
  public long sendWriteSynchronously(IoMemory input, long deviceOffset) throws IoRequestException {
    return sendWriteSynchronously(Optional.empty(), input, 0, 0, deviceOffset, SYNCHRONOUS);
  }

  /// Writes a window of a memory and waits; see the full form of the read.
  ///
  /// @param request the request to use, or empty for one of the target's
  /// @param input gives the bytes
  /// @param windowOffset where the window begins
  /// @param windowLength how long it is; 0 for all from the offset on
  /// @param deviceOffset where on the device to begin
  /// @param options timeout, and whether to ignore the target's state
  /// @return bytes written
  /// @throws IoRequestException if it was refused, or ended with a warning or an error; carries the
  ///   bytes moved
  /// @see "WdfIoTargetSendWriteSynchronously"
  public long sendWriteSynchronously(
      Optional<IoRequest> request,
      IoMemory input,
      long windowOffset,
      long windowLength,
      long deviceOffset,
      SendOptions options)
      throws IoRequestException {
    IoRequest used = calls.begin(request);
    try {
      formatWrite(used, input, windowOffset, windowLength, deviceOffset);
      return calls.transact(used, options);
    } finally {
      calls.end(request, used);
    }
  }

  /// Sends a device control and waits.
  ///
  /// @param code what to do
  /// @param input what the device is given; [IoMemory#none()] for nothing
  /// @param output what it fills; [IoMemory#none()] for nothing
  /// @return the information: bytes of output, or what the code says
  /// @throws IoRequestException if it ended with a warning or an error
  /// @see "WdfIoTargetSendIoctlSynchronously"
  public long sendDeviceControlSynchronously(ControlCode code, IoMemory input, IoMemory output)
      throws IoRequestException {
    return sendDeviceControlSynchronously(Optional.empty(), code, input, output, SYNCHRONOUS);
  }

  /// Sends a device control and waits; see the full form of the read.
  ///
  /// @param request the request to use, or empty for one of the target's
  /// @param code what to do
  /// @param input what the device is given
  /// @param output what it fills
  /// @param options timeout, and whether to ignore the target's state
  /// @return the information: bytes of output, or what the code says
  /// @throws IoRequestException if it was refused, or ended with a warning or an error
  /// @see "WdfIoTargetSendIoctlSynchronously"
  public long sendDeviceControlSynchronously(
      Optional<IoRequest> request,
      ControlCode code,
      IoMemory input,
      IoMemory output,
      SendOptions options)
      throws IoRequestException {
    IoRequest used = calls.begin(request);
    try {
      formatDeviceControl(used, code, input, output);
      return calls.transact(used, options);
    } finally {
      calls.end(request, used);
    }
  }

  /// Sends an internal device control and waits.
  ///
  /// @param code what to do
  /// @param input what the device is given
  /// @param output what it fills
  /// @return the information
  /// @throws IoRequestException if it ended with a warning or an error
  /// @see "WdfIoTargetSendInternalIoctlSynchronously"
  public long sendInternalDeviceControlSynchronously(
      ControlCode code, IoMemory input, IoMemory output) throws IoRequestException {
    return sendInternalDeviceControlSynchronously(
        Optional.empty(), code, input, output, SYNCHRONOUS);
  }

  /// Sends an internal device control and waits; see the full form of the read.
  ///
  /// @param request the request to use, or empty for one of the target's
  /// @param code what to do
  /// @param input what the device is given
  /// @param output what it fills
  /// @param options timeout, and whether to ignore the target's state
  /// @return the information
  /// @throws IoRequestException if it was refused, or ended with a warning or an error
  /// @see "WdfIoTargetSendInternalIoctlSynchronously"
  public long sendInternalDeviceControlSynchronously(
      Optional<IoRequest> request,
      ControlCode code,
      IoMemory input,
      IoMemory output,
      SendOptions options)
      throws IoRequestException {
    IoRequest used = calls.begin(request);
    try {
      formatInternalDeviceControl(used, code, input, output);
      return calls.transact(used, options);
    } finally {
      calls.end(request, used);
    }
  }

  /// Sends an internal device control with three arguments and waits; see the full form of the
  /// read.
  ///
  /// @param request the request to use, or empty for one of the target's
  /// @param code what to do
  /// @param argument1 the first argument
  /// @param argument2 the second
  /// @param argument4 the third; WDF's third is the code
  /// @param options timeout, and whether to ignore the target's state
  /// @return the information
  /// @throws IoRequestException if it was refused, or ended with a warning or an error
  /// @see "WdfIoTargetSendInternalIoctlOthersSynchronously"
  public long sendInternalDeviceControlOthersSynchronously(
      Optional<IoRequest> request,
      ControlCode code,
      @Nullable Object argument1,
      @Nullable Object argument2,
      @Nullable Object argument4,
      SendOptions options)
      throws IoRequestException {
    IoRequest used = calls.begin(request);
    try {
      formatInternalDeviceControlOthers(used, code, argument1, argument2, argument4);
      return calls.transact(used, options);
    } finally {
      calls.end(request, used);
    }
  }

  // ------------------------------------------------------------------ states

  /// Starts the target: sends are delivered, and every request held back is delivered now, oldest
  /// first, before this method returns. If another thread begins to stop with cancel, purge or
  /// close the target meanwhile, the rest is left to it. A request that was held keeps its
  /// deadline. On a started target it does nothing.
  ///
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_STATE] if it is closed; reopen it instead.
  ///   Also from a completion routine while another thread changes the target's state: see the
  ///   class
  /// @see "WdfIoTargetStart"
  public void start() {
    changes.start();
  }

  /// Stops the target: requests are accepted and held back. Those held already stay. May be
  /// repeated with another action. On a closed target it does nothing.
  ///
  /// Requests sent with [SendOptions#ignoreTargetState()] are neither cancelled nor waited for.
  ///
  /// @param action what becomes of the requests in flight
  /// @throws IoMisuseException if this thread must not wait and the action does; also from a
  ///   completion routine while another thread changes the target's state: see the class
  /// @see "WdfIoTargetStop"
  public void stop(SentIoAction action) {
    changes.stop(Objects.requireNonNull(action, "action"));
  }

  /// Purges the target: requests are refused, those held back end with
  /// [IoStatus#WDF_DEVICE_REMOVED_NOT_SENT] on this thread, for those in flight cancel is asked.
  /// May be repeated. On a closed target it does nothing.
  ///
  /// Requests sent with [SendOptions#ignoreTargetState()] are neither cancelled nor waited for.
  ///
  /// @param action whether to wait for the requests in flight
  /// @throws IoMisuseException if this thread must not wait and the action does; also from a
  ///   completion routine while another thread changes the target's state: see the class
  /// @see "WdfIoTargetPurge"
  public void purge(PurgeAction action) {
    changes.purge(Objects.requireNonNull(action, "action"));
  }

  /// Closes the target, and ends its life as an object: its children are deleted and its cleanup
  /// callbacks run, while it still works; then as a purge, for all requests in flight, and waits
  /// for them; then the device is closed. Does nothing on a closed target.
  ///
  /// A closed target may be opened again by [#reopen()]. That begins a new life, without parent,
  /// children and cleanup callbacks; contexts and destroy callbacks are still there only if
  /// somebody held a [#reference()].
  ///
  /// @throws IoMisuseException if this thread must not wait; [IoStatus#INVALID_DEVICE_REQUEST] for
  ///   the local or self target of a device, which closes it
  /// @see "WdfIoTargetClose; WdfObjectDelete"
  @Override
  public void close() {
    if (ties.isOfStack() && !changes.hasEnded()) {
      throw localMisuse("close");
    }
    end(TargetState.CLOSED);
  }

  /// As [#close()], by the device that owns it, or that it leads to.
  void closeByDevice() {
    end(TargetState.CLOSED);
  }

  private IoMisuseException localMisuse(String what) {
    return new IoMisuseException(
        IoStatus.INVALID_DEVICE_REQUEST,
        "cannot %s %s: it belongs to %s; close that".formatted(what, this, ties.owner()));
  }

  private void end(TargetState state) {
    changes.close(state);
    calls.close();
    ties.ended();
  }

  /// As [#close()]; but it cannot be opened again.
  @Override
  void deleteWithParent() {
    end(TargetState.DELETED);
  }

  @Override
  boolean hasEnded() {
    return changes.hasEnded();
  }

  /// Closes the target so that its device can be removed, ready to be opened again by [#reopen()].
  /// Its contexts, relatives and callbacks stay.
  ///
  /// @throws IoMisuseException if this thread must not wait
  /// @see "WdfIoTargetCloseForQueryRemove"
  public void closeForQueryRemove() {
    if (ties.isOfStack()) {
      throw localMisuse("close");
    }
    changes.close(TargetState.CLOSED_FOR_QUERY_REMOVE);
  }

  /// Opens a closed target again, by the name and options it was opened with.
  ///
  /// @throws IoRequestException if it cannot be opened; it stays closed and may be tried again
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_STATE] if it is open, was deleted together
  ///   with its parent, or belongs to a device that is closed; [IoStatus#INVALID_DEVICE_REQUEST] if
  ///   it was not opened by name
  /// @see "WdfIoTargetOpen with WdfIoTargetOpenReopen"
  public void reopen() throws IoRequestException {
    TargetOrigin origin = this.origin;
    if (!origin.isByName()) {
      throw new IoMisuseException(
          IoStatus.INVALID_DEVICE_REQUEST,
          origin.name() + " was not opened by name; make a new target");
    }
    reopen(origin);
  }

  /// Opens a closed target with another name or other options.
  ///
  /// @param name the name
  /// @param options how
  /// @throws IoRequestException if it cannot be opened; it stays closed and may be tried again
  /// @throws IoMisuseException [IoStatus#INVALID_DEVICE_STATE] if it is open, was deleted together
  ///   with its parent, or belongs to a device that is closed
  /// @see "WdfIoTargetOpen"
  public void reopen(String name, OpenOptions options) throws IoRequestException {
    reopen(TargetOrigin.named(TargetName.parse(name), options));
  }

  private void reopen(TargetOrigin wanted) throws IoRequestException {
    if (ties.isOfStack()) {
      throw localMisuse("reopen");
    }
    ties.requireOwnerOpen();
    changes.reopen(wanted);
    ties.reopened(traffic.device());
  }

  // ------------------------------------------------------------------ for IoRequest

  TargetTraffic traffic() {
    return traffic;
  }

  /// By [TargetChanges]: it is open, and nobody can see so yet.
  void opened(TargetOrigin from) {
    origin = from;
  }

  /// Whether it pays to look for the end of a synchronous send.
  BriefLook briefLook() {
    return briefLook;
  }

  /// Whether a request may be sent here and forgotten: not where the target was opened by name.
  boolean takesForgotten() {
    return ties.isOfStack() || (ties.isServing() && !origin.isByName());
  }

  /// Whom it belongs to, and where it leads.
  TargetTies ties() {
    return ties;
  }

  /// The device, to be asked for what is constant: it may be closed at any moment.
  Device openDevice() {
    return requireOpened().device();
  }

  OpenDevice requireOpened() { // hot path
    OpenDevice opened = traffic.opened();
    if (opened == null) {
      throw notOpen();
    }
    return opened;
  }

  IoMisuseException notOpen() {
    return new IoMisuseException(
        IoStatus.INVALID_DEVICE_STATE,
        "%s is %s; reopen it first".formatted(origin.name(), state()));
  }

  @Override
  public String toString() {
    return origin.name() + " (" + state() + ")";
  }
}
