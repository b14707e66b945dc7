#include "host.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace hark::e2e {

std::string read_text(const fs::path& file) {
  std::string text(size_of(file), '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

std::uintmax_t size_of(const fs::path& file) {
  std::error_code missing;
  const std::uintmax_t size = fs::file_size(file, missing);
  return missing ? 0 : size;
}

void write_text(const fs::path& file, std::string_view text) {
  std::ofstream out(file, std::ios::binary);
  out << text << std::flush;
  if (!out) throw std::runtime_error("write " + file.string());
}

std::size_t count_of(std::string_view text, std::string_view what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + what.size())) ++n;
  return n;
}

std::string numbered(std::string_view type, int count) {
  std::string lines;
  for (int n = 0; n < count; ++n) {
    lines.append("{\"type\":\"").append(type).append("\",\"n\":").append(std::to_string(n)).append("}\n");
  }
  return lines;
}

Workspace::Workspace() {
  umask(022);
  std::string name = (fs::temp_directory_path() / "hark-e2e.XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
  folder_ = fs::canonical(name);
  fs::permissions(folder_, fs::perms(0755));
  fs::create_directory(folder_ / "plugins");
}

Workspace::~Workspace() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

fs::path Workspace::plugin(const std::string& name, const std::string& as) const {
  const fs::path copy = folder_ / "plugins" / ((as.empty() ? name : as) + ".so");
  fs::copy_file(fs::path(HARK_ZOO) / (name + ".so"), copy, fs::copy_options::overwrite_existing);
  fs::permissions(copy, fs::perms(0755));
  return copy;
}

void Workspace::config(std::string_view a, std::string_view b, std::string_view c, std::string_view d) const {
  std::string text;
  for (const std::string_view part : {a, b, c, d}) text.append(part).append("\n");
  write_text(path("hark.toml"), text);
  constexpr std::string_view key = "plugin = \"";
  for (std::size_t at = text.find(key); at != std::string::npos; at = text.find(key, at + 1)) {
    const std::size_t begin = at + key.size();
    const std::string name = text.substr(begin, text.find('"', begin) - begin);
    if (fs::exists(fs::path(HARK_ZOO) / (name + ".so")) && !fs::exists(folder_ / "plugins" / (name + ".so")))
      plugin(name);
  }
}

Launch Workspace::launch(std::vector<std::string> arguments) const {
  Launch launch;
  launch.command.emplace_back(HARK_BINARY);
  for (std::string& word : arguments) launch.command.push_back(std::move(word));
  launch.folder = folder_;
  return launch;
}

Ended Workspace::hark(std::vector<std::string> arguments, std::string_view input) const {
  Process process(launch(std::move(arguments)));
  process.write(input);
  return process.finish();
}

std::vector<std::string> Workspace::lines(const std::string& file) const {
  std::istringstream in(read_text(path(file)));
  std::vector<std::string> all;
  for (std::string line; std::getline(in, line);) all.push_back(line);
  return all;
}

void check_ended_well(const Ended& ended) {
  INFO("standard error:\n" << ended.err);
  CHECK(ended.in_time);
  CHECK(ended.signal == 0);
  CHECK(ended.status == 0);
  CHECK(Ledger(ended.err).balances());
}

}  // namespace hark::e2e
