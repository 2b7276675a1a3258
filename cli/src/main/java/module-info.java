/// The command line: `ioreq`.
module dev.ioreq.cli {
  requires dev.ioreq;
  requires dev.ioreq.linux;
  requires dev.ioreq.portable;
  requires static org.jspecify;
  requires com.google.gson;
  requires info.picocli;
  requires me.tongfei.progressbar;

  opens dev.ioreq.cli to
      com.google.gson,
      info.picocli;
}
