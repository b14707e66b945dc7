#include "archive.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <exception>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "gzip_file.h"

namespace hark::log_file {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view stamp_shape = "dddddddd-dddddd";
constexpr std::string_view count_shape = "_ddd";

bool has_shape(std::string_view text, std::string_view shape) {
  return std::ranges::equal(text, shape, [](char c, char s) { return s == 'd' ? c >= '0' && c <= '9' : c == s; });
}

std::string stamp_of(std::chrono::system_clock::time_point now) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[32];
  return {text, strftime(text, sizeof text, "%Y%m%d-%H%M%S", &utc)};
}

// One older file, in the forms in which it lies there.
struct Older {
  bool plain = false, gzip = false, unfinished = false;

  void add(std::string_view name) {
    if (name.ends_with(gzip_unfinished)) {
      unfinished = true;
    } else {
      (name.ends_with(gzip_suffix) ? gzip : plain) = true;
    }
  }
};

}  // namespace

Archive::Archive(std::string path, Options options, std::function<void(const std::string&)> failed)
    : path_(std::move(path)),
      folder_(fs::path(path_).parent_path().string()),
      prefix_(fs::path(path_).filename().string() + "."),
      options_(options),
      failed_(std::move(failed)) {}

void Archive::start() {
  tidy();
  thread_ = std::thread([this] { run(); });
}

void Archive::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  tidy();
  thread_.join();
}

std::string Archive::next_name(std::chrono::system_clock::time_point now) {
  constexpr unsigned most = 999;
  const std::string stamp = stamp_of(now);
  unsigned count = stamp == last_stamp_ ? last_count_ + 1 : 0;
  for (; count <= most; ++count) {
    char suffix[8] = "";
    if (count != 0) snprintf(suffix, sizeof suffix, "_%03u", count % 1000);
    std::string name = path_ + "." + stamp + suffix;
    if (access(name.c_str(), F_OK) == 0 || access((name + gzip_suffix).c_str(), F_OK) == 0) continue;
    last_stamp_ = stamp;
    last_count_ = count;
    return name;
  }
  return {};
}

void Archive::tidy() {
  const std::lock_guard lock(mutex_);
  wanted_ = true;
  changed_.notify_all();
}

void Archive::run() noexcept {
  // What the kernel has to say about a file size limit, it is to say to write().
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGXFSZ);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  for (bool last = false; !last;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return wanted_; });
      wanted_ = false;
      last = stopping_;
    }
    try {
      look();
    } catch (const std::exception& e) {
      failed_(e.what());
    }
  }
}

// "audit.jsonl.20261122-101500_001.gz" -> "20261122-101500_001"
std::optional<std::string> Archive::stamp_in(std::string_view name) const {
  if (!name.starts_with(prefix_)) return std::nullopt;
  name.remove_prefix(prefix_.size());
  const std::string_view stamp = name.substr(0, name.find('.'));
  const std::string_view suffix = name.substr(stamp.size());
  if (!suffix.empty() && suffix != gzip_suffix && suffix != gzip_unfinished) return std::nullopt;
  if (!has_shape(stamp.substr(0, stamp_shape.size()), stamp_shape)) return std::nullopt;
  const std::string_view count = stamp.substr(stamp_shape.size());
  if (!count.empty() && !has_shape(count, count_shape)) return std::nullopt;
  return std::string(stamp);
}

void Archive::look() {
  std::map<std::string, Older> all;  // oldest first
  for (const auto& entry : fs::directory_iterator(folder_.empty() ? "." : folder_)) {
    const std::string name = entry.path().filename().string();
    if (const auto stamp = stamp_in(name)) all[*stamp].add(name);
  }
  std::size_t n_left = all.size();
  for (const auto& [stamp, older] : all) {
    const std::string name = path_ + "." + stamp;
    const auto remove = [&](const std::string& file) {
      if (unlink(file.c_str()) != 0 && errno != ENOENT)
        failed_("remove \"" + file + "\": " + std::generic_category().message(errno));
    };
    const bool too_many = options_.keep != 0 && n_left-- > options_.keep;
    if (too_many && older.gzip) remove(name + gzip_suffix);
    if (too_many && older.plain) remove(name);
    // A .gz is whole, or it would not be called so: a crash kept its original from being removed.
    if (!too_many && older.gzip && older.plain) remove(name);
    if (older.unfinished) remove(name + gzip_unfinished);
    if (too_many || !options_.gzip || !older.plain || older.gzip || stopping_) continue;
    if (const std::string why = gzip_file(name, stopping_); !why.empty()) failed_(why);
  }
}

}  // namespace hark::log_file
