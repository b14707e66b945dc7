// What brings the process down under the hostile host, in a child: what stands on its stderr then.
#include <catch2/catch.hpp>
#include <hark/plugin.hpp>
#include <hark/testing/hostile_host.hpp>

#include <sys/wait.h>

#include <functional>
#include <thread>

#include "descriptors.h"

using Catch::Contains;
using hark::testing::Torment;

namespace {

using Handle = std::function<void(const hark::Delivery&)>;

struct Breaks {
  static constexpr auto info = hark::Info("test.breaks", "1").hears("t");
  void handle(const hark::Delivery& d) { on_handle(d); }
  static inline Handle on_handle;
};

struct Ended {
  int status;
  std::string text;
};

Ended in_child(Handle handle, std::chrono::milliseconds patience = std::chrono::seconds(10)) {
  hark::test::Pipe pipe;
  const pid_t child = ::fork();
  if (child == 0) {
    for (const int signal : {SIGSEGV, SIGBUS, SIGABRT}) (void)std::signal(signal, SIG_DFL);  // not Catch2's
    ::dup2(pipe.in.get(), STDERR_FILENO);
    Breaks::on_handle = std::move(handle);
    Torment t;
    t.event("t", "some text");
    t.events[0].content_type = "text/plain";
    t.lives = 1;
    t.patience = patience;
    (void)hark::testing::torment(hark::module_of<Breaks>(), t);
    ::_exit(0);
  }
  pipe.in.reset();
  Ended ended{};
  ended.text = hark::test::read_text(pipe.out.get());
  ::waitpid(child, &ended.status, 0);
  return ended;
}

volatile char sink;

}  // namespace

TEST_CASE("a view that is read after its call is told where it was read") {
  const Ended ended = in_child([](const hark::Delivery& d) {
    static std::string_view kept;
    if (!kept.empty()) sink = kept[0];
    kept = d.event().data();
  });
  CHECK(ended.status != 0);
  CHECK_THAT(ended.text,
             Contains("hark torment: the plugin crashed (SIGSEGV) while handle(), event \"t\", attempt 1, data "
                      "some text, life 0 of seed 1 (a calm host)"));
}

TEST_CASE("a text that is read as if it ended in NUL is told") {
  const Ended ended = in_child([](const hark::Delivery& d) {
    for (const char* p = d.event().type().data(); *p != '\0'; ++p) sink = *p;
  });
  CHECK(ended.status != 0);
  CHECK_THAT(ended.text, Contains("crashed (SIGSEGV) while handle(), event \"t\""));
}

TEST_CASE("a plugin that aborts or exits or hangs is told") {
  const Ended aborted = in_child([](const hark::Delivery&) { std::abort(); });
  CHECK(aborted.status != 0);
  CHECK_THAT(aborted.text, Contains("the plugin aborted (SIGABRT) while handle()"));

  const Ended exited = in_child([](const hark::Delivery&) { std::exit(0); });
  CHECK(WEXITSTATUS(exited.status) == 70);
  CHECK_THAT(exited.text, Contains("the plugin ended the process (R3) while handle()"));

  const Ended hung = in_child(
      [](const hark::Delivery&) {
        for (;;) ::pause();
      },
      std::chrono::milliseconds(200));
  CHECK(hung.status != 0);
  CHECK_THAT(hung.text, Contains("the plugin does not come back (Torment::patience) from handle()"));
}
