package dev.ioreq;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Finds who opens a name.
final class Devices {
  private static final String CORE_ENGINE = "core";
  private static final Set<String> PATHS = Set.of("file", "block", "char", "pipe");

  private static volatile @Nullable List<DeviceProvider> providers;

  private Devices() {}

  static Device open(TargetName name, OpenOptions options) throws IoRequestException {
    List<DeviceProvider> serving = providers().stream().filter(p -> p.serves(name)).toList();
    if (serving.isEmpty()) {
      throw new IoRequestException(
          IoStatus.OBJECT_NAME_NOT_FOUND,
          0,
          PATHS.contains(name.scheme())
              ? "open of %s: no engine is here; put dev.ioreq.linux or dev.ioreq.portable beside dev.ioreq"
                  .formatted(name)
              : "open of %s: nothing here opens names of kind '%s'; a file of that name is ./%s"
                  .formatted(name, name.scheme(), name));
    }
    Optional<String> wanted = options.engine();
    List<String> reasons = new ArrayList<>();
    for (DeviceProvider provider : serving) {
      boolean isWanted =
          wanted.isEmpty()
              || provider.engine().equals(CORE_ENGINE)
              || provider.engine().equals(wanted.get());
      if (!isWanted) {
        continue;
      }
      Optional<String> unavailable = provider.unavailable();
      if (unavailable.isEmpty()) {
        return provider.open(name, options);
      }
      reasons.add("engine " + provider.engine() + ": " + unavailable.get());
    }
    String engines =
        serving.stream()
            .map(DeviceProvider::engine)
            .collect(Collectors.toCollection(TreeSet::new))
            .toString();
    throw new IoRequestException(
        IoStatus.NO_SUCH_DEVICE,
        0,
        reasons.isEmpty()
            ? "open of %s: there is no engine '%s'; here are %s"
                .formatted(name, wanted.orElse(""), engines)
            : "open of %s: %s".formatted(name, String.join("; ", reasons)));
  }

  static List<DeviceProvider> providers() {
    List<DeviceProvider> known = providers;
    if (known == null) {
      known =
          ServiceLoader.load(DeviceProvider.class).stream()
              .map(ServiceLoader.Provider::get)
              .sorted((one, other) -> Integer.compare(other.priority(), one.priority()))
              .toList();
      providers = known;
    }
    return Objects.requireNonNull(known);
  }
}
