package dev.ioreq.bench.rivals;

import dev.ioreq.bench.measure.Cleanup;
import dev.ioreq.bench.measure.Cleanup.Owned;
import dev.ioreq.bench.measure.Unmeasurable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// fio with its io_uring engine, batched as it gets fastest. Its processor time is what it accounts
/// to its job, without its start.
public final class Fio implements Racer {
  private static final double PERCENT = 100;
  private static final double NANOS_PER_MILLI = 1e6;
  private static final int WHOLE_BATCH = 32;

  private final ReadWork work;
  private final boolean isRegistered;

  /// fio doing some work.
  ///
  /// @param work what to read
  /// @param isRegistered whether with fixed buffers and registered files
  public Fio(ReadWork work, boolean isRegistered) {
    this.work = work;
    this.isRegistered = isRegistered;
  }

  @Override
  public void begin(long warmUpMillis) throws Unmeasurable {
    Sample warm = measure(warmUpMillis);
    assert warm.requests() > 0;
  }

  @Override
  public Sample measure(long millis) throws Unmeasurable {
    String said;
    int code;
    ProcessBuilder builder =
        new ProcessBuilder(command(millis)).redirectError(ProcessBuilder.Redirect.DISCARD);
    try (Owned<Process> fio = Cleanup.ofProcess().make(builder::start, Cleanup::end)) {
      said = new String(fio.get().getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      code = fio.get().waitFor();
    } catch (IOException e) {
      throw new Unmeasurable("fio cannot be started: install fio", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unmeasurable("interrupted", e);
    }
    if (code != 0) {
      throw new Unmeasurable("fio ends with " + code);
    }
    return parse(said);
  }

  private List<String> command(long millis) {
    int batch = Math.min(work.depth(), WHOLE_BATCH);
    List<String> command =
        new ArrayList<>(
            List.of(
                "fio",
                "--name=job",
                "--thread",
                "--readonly",
                "--ioengine=io_uring",
                "--rw=randread",
                "--norandommap",
                "--random_generator=tausworthe64",
                "--bs=" + work.blockBytes(),
                "--filename=" + work.file(),
                "--size=" + work.blocks() * work.blockBytes(),
                "--iodepth=" + work.depth(),
                "--iodepth_batch_submit=" + batch,
                "--iodepth_batch_complete_min=1",
                "--iodepth_batch_complete_max=" + batch,
                "--direct=" + (work.isDirect() ? 1 : 0),
                "--invalidate=0",
                "--time_based",
                "--runtime=" + millis + "ms",
                "--gtod_reduce=1",
                "--output-format=json"));
    if (isRegistered) {
      command.add("--fixedbufs=1");
      command.add("--registerfiles=1");
    }
    return command;
  }

  /// Takes the sample out of what fio prints.
  static Sample parse(String json) throws Unmeasurable {
    double millis = number(json, "job_runtime");
    long requests = (long) number(json, "total_ios");
    double share = (number(json, "usr_cpu") + number(json, "sys_cpu")) / PERCENT;
    if (requests == 0) {
      throw new Unmeasurable("fio read nothing");
    }
    double nanos = millis * NANOS_PER_MILLI;
    return new Sample(requests, nanos, share * nanos, 0, 0);
  }

  /// The first number of that name: fio tells of the reads before the writes.
  private static double number(String json, String name) throws Unmeasurable {
    Matcher matcher = Pattern.compile("\"" + name + "\"\\s*:\\s*([0-9.]+)").matcher(json);
    if (!matcher.find()) {
      throw new Unmeasurable("fio does not tell its " + name);
    }
    return Double.parseDouble(matcher.group(1));
  }

  @Override
  public void close() {
    // each measurement is a process that has ended
  }
}
