// Lines on their way to a sink: all of them in order, or the newest and a count of the rest.
#include "app/log_thread.h"

#include <catch2/catch.hpp>

#include <mutex>
#include <string>
#include <vector>

#include "support/eventually.h"

using namespace hark;

namespace {

// What a sink was given; the thread of the log waits at `gate` before each line.
struct Written {
  std::mutex mutex;
  std::vector<std::string> lines;
  test::Gate gate;
};

class Sink final : public spdlog::sinks::sink {
 public:
  explicit Sink(Written& written) : written_(written) {}
  void log(const spdlog::details::log_msg& message) override {
    written_.gate.pass();
    const std::lock_guard lock(written_.mutex);
    written_.lines.emplace_back(message.payload.data(), message.payload.size());
  }
  void flush() override {}
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

 private:
  Written& written_;
};

}  // namespace

TEST_CASE("what is queued for the log is written in order before it finishes, and nothing after") {
  Written written;
  app::LogThread log(std::make_unique<Sink>(written), 100);
  for (const char* text : {"a", "b", "c"}) log.write(spdlog::level::info, text);
  written.gate.open();
  log.finish();
  log.write(spdlog::level::info, "late");
  log.finish();
  CHECK(written.lines == std::vector<std::string>{"a", "b", "c"});
  CHECK(log.dropped() == 0);
}

TEST_CASE("a log that cannot be written keeps the newest lines, and counts the others") {
  Written written;
  app::LogThread log(std::make_unique<Sink>(written), 3);
  log.write(spdlog::level::info, "first");
  REQUIRE(test::eventually([&] { return written.gate.waiting() == 1; }));
  for (int i = 0; i < 10; ++i) log.write(spdlog::level::info, std::to_string(i));
  written.gate.open();
  log.finish();
  CHECK(written.lines == std::vector<std::string>{"first", "7", "8", "9"});
  CHECK(log.dropped() == 7);
}
