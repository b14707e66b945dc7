// What is remembered of plugins from one run to the next.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstring>
#include <fstream>
#include <sstream>

#include "host/blame.h"
#include "host/crash_file.h"
#include "host/exit_guard.h"

using namespace hark;
using State = host::BlameEntry::State;
namespace fs = std::filesystem;

namespace {

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "hark-blame.XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  fs::path operator/(const std::string& name) const { return path_ / name; }
  fs::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return path_ / name;
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string text_of(const fs::path& file) {
  std::ostringstream all;
  all << std::ifstream(file).rdbuf();
  return all.str();
}

}  // namespace

TEST_CASE("a demotion holds for the content of a file and for no other") {
  const Folder folder;
  const fs::path library = folder.write("audit.so", "version 1");
  const auto entry = host::blame_for(library, "audit", "1.2.3", "SIGSEGV while\thandling\nevent X");
  REQUIRE(entry);
  REQUIRE(host::Blame::change(folder / "blamed.txt", [&](auto& all) { all.push_back(*entry); }));

  const host::Blame blame = host::Blame::read(folder / "blamed.txt");
  const host::BlameEntry* found = blame.demoted(library);
  REQUIRE(found != nullptr);
  CHECK(found->version == "1.2.3");
  CHECK(found->why == "SIGSEGV while handling event X");  // a line stays a line
  CHECK(blame.demoted(folder.write("copy.so", "version 1")) != nullptr);
  CHECK(blame.demoted(folder.write("audit.so", "version 2")) == nullptr);
  CHECK(blame.demoted(folder / "missing.so") == nullptr);
  CHECK(blame.ever_blamed("audit") != nullptr);
  CHECK(blame.ever_blamed("other") == nullptr);
}

TEST_CASE("what is pardoned stays remembered and what is disabled goes by its name") {
  const Folder folder;
  const fs::path library = folder.write("audit.so", "version 1"), file = folder / "state/blamed.txt";
  auto entry = host::blame_for(library, "audit", "1.2.3", "SIGSEGV");
  REQUIRE(entry);
  entry->state = State::pardoned;
  REQUIRE(host::Blame::change(file, [&](auto& all) {
    all.push_back(*entry);
    all.push_back({.state = State::disabled, .name = "mailer", .when = "2026-01-01T00:00:00Z"});
  }));
  const host::Blame blame = host::Blame::read(file);
  CHECK(blame.demoted(library) == nullptr);
  CHECK(blame.ever_blamed("audit") != nullptr);
  CHECK(blame.disabled("audit") == nullptr);
  REQUIRE(blame.disabled("mailer") != nullptr);
  CHECK(blame.disabled("mailer")->when == "2026-01-01T00:00:00Z");
  CHECK(blame.ever_blamed("mailer") == nullptr);
}

TEST_CASE("lines that nobody understands are left out") {
  const Folder folder;
  folder.write("blamed.txt",
               "# a remark\n\ndemoted\nexecuted\ta\tb\ndisabled\t\tx\ndemoted\ta\tb\tc\ndisabled\tm\tx\n");
  const host::Blame blame = host::Blame::read(folder / "blamed.txt");
  REQUIRE(blame.entries().size() == 1);
  CHECK(blame.entries()[0].name == "m");
  CHECK(host::Blame::read(folder / "none.txt").entries().empty());
}

TEST_CASE("an end in order leaves nothing and a host that lives is not among the dead") {
  const Folder folder;
  {
    const auto own = host::CrashFile::make(folder / "state/.crashes");
    REQUIRE(own);
    CHECK(host::take_deaths(folder / "state/.crashes").empty());
    CHECK(!fs::is_empty(folder / "state/.crashes"));
  }
  CHECK(!fs::exists(folder / "state"));
}

TEST_CASE("a file that is no record of ours is no death that anybody is blamed for") {
  const Folder folder;
  fs::create_directory(folder / ".crashes");
  folder.write(".crashes/host.empty", "");
  folder.write(".crashes/host.short", "hacrash1");
  folder.write(".crashes/host.junk", std::string(20'000, 'x'));
  folder.write(".crashes/other", "x");
  const auto deaths = host::take_deaths(folder / ".crashes");
  REQUIRE(deaths.size() == 2);
  for (const auto& d : deaths) {
    CHECK(!d.record);
    CHECK(d.calls.empty());
  }
  CHECK(!fs::exists(folder / ".crashes/host.junk"));
  CHECK(text_of(folder / ".crashes/other") == "x");
}

TEST_CASE("a record that came back damaged is read within its bounds") {
  host::CrashRecord r;
  std::memset(static_cast<void*>(&r), 'x', sizeof r);
  r.by = host::EndedBy::signal;
  r.number = 12345;
  CHECK(host::field(r.name).size() == sizeof r.name);
  CHECK(host::end_text(r) == "signal 12345");
  CHECK(host::doing_text(r).find("of type `" + std::string(sizeof r.type, 'x') + "`") != std::string::npos);
}
