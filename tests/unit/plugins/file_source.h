// A file source under a host that a test drives, with a folder to read from and one for its state.
#pragma once

#include <hark/testing/bare_host.hpp>

#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "descriptors.h"

namespace hark::test {

inline void append(const std::string& path, std::string_view text) {
  const Descriptor fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
  if (!write_text(fd.get(), text)) throw std::runtime_error("append to " + path);
}

class FileSource {
 public:
  explicit FileSource(std::shared_ptr<Folder> on = std::make_shared<Folder>(), bool with_state = true)
      : host(std::filesystem::path(HARK_TEST_file)), folder_(std::move(on)), with_state_(with_state) {}

  // So that its stop() has nothing to wait for.
  ~FileSource() { host.tell(HARK_STAGE_KEPT); }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  std::string file(std::string_view name) const { return folder_->file(name); }
  std::shared_ptr<Folder> folder() const { return folder_; }
  std::string positions() const { return file_text(file("state/positions")); }

  // `options`: further members of the JSON object.
  void start(const std::string& options = {}, const std::string& path = "*.log") {
    start_with("{" + options + (options.empty() ? "" : ",") + "\"path\":\"" + file(path) + "\"}");
  }
  void start_with(const std::string& options) {
    const auto created = host.create(options, "in", HARK_ROLE_SOURCE, with_state_ ? file("state") : "");
    if (created.code != HARK_OK) throw std::runtime_error(created.text);
    const auto started = host.start();
    if (started.code != HARK_OK) throw std::runtime_error(started.text);
  }

  std::vector<std::string> data() const {
    std::vector<std::string> all;
    for (const auto& p : host.published()) all.push_back(p.data);
    return all;
  }
  bool wait_for(const std::vector<std::string>& lines) const {
    host.wait_published(lines.size());
    return data() == lines;
  }
  // It has opened the file.
  bool reads(const std::string& name) const {
    return host.wait([&](const testing::FakeHost& h) {
      const auto logged = h.logged();
      return std::any_of(logged.begin(), logged.end(), [&](const testing::Logged& l) {
        return l.text == "reading" && l.fields.at("path") == file(name);
      });
    });
  }
  std::size_t count_logged(std::string_view part) const {
    std::size_t n = 0;
    for (const auto& l : host.logged()) n += l.text.find(part) != std::string::npos ? 1u : 0u;
    return n;
  }

  testing::BareHost host;

 private:
  std::shared_ptr<Folder> folder_;
  bool with_state_;
};

}  // namespace hark::test
