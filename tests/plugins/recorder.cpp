// Appends a line for each delivery to the file options.path, in order, flushed: "ID TYPE ATTEMPT DATA". With
// options.uid = 1 the line begins with "UID CAUSE ROOT HOPS " besides.
#include <fstream>

#include "zoo.hpp"

class Recorder {
 public:
  static constexpr auto info = zoo::info("zoo.recorder").can(HARK_CAP_FS_WRITE);
  explicit Recorder(hark::Context& ctx)
      : out_(zoo::text(ctx.options(), "path", "recorded.txt"), std::ios::app),
        uids_(zoo::number(ctx.options(), "uid", 0) != 0) {
    if (!out_) throw hark::Reject("cannot write " + zoo::text(ctx.options(), "path"));
  }
  void handle(const hark::Delivery& d) {
    const hark::Event e = d.event();
    if (uids_) out_ << e.uid().text() << ' ' << e.cause().text() << ' ' << e.root().text() << ' ' << e.hops() << ' ';
    out_ << e.id() << ' ' << e.type() << ' ' << d.attempt() << ' ' << e.data() << std::endl;
    if (!out_) throw hark::Again("cannot write");
  }

 private:
  std::ofstream out_;
  bool uids_;
};
HARK_PLUGIN(Recorder);
