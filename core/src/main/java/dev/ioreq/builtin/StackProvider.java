package dev.ioreq.builtin;

import dev.ioreq.Device;
import dev.ioreq.DeviceStack;
import dev.ioreq.IoRequestException;
import dev.ioreq.IoStatus;
import dev.ioreq.OpenOptions;
import dev.ioreq.TargetName;

/// Opens `device:NAME`: the top of a stack of devices that this process has registered.
public final class StackProvider extends BuiltinProvider {
  /// For `ServiceLoader`.
  public StackProvider() {
    super("device");
  }

  @Override
  public Device open(TargetName name, OpenOptions options) throws IoRequestException {
    DeviceStack stack =
        DeviceStack.named(name.rest())
            .orElseThrow(() ->
                new IoRequestException(
                    IoStatus.OBJECT_NAME_NOT_FOUND,
                    0,
                    "open of %s: this process has registered no stack of that name"
                        .formatted(name)));
    return stack.enter(options);
  }
}
