// What earlier runs say about plugins, and the file by which this one will tell the next.
//
// A plugin that ended a host is demoted: its code is kept out of this process, unless isolation = "thread" says
// otherwise.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "host/blame.h"
#include "host/crash_file.h"

namespace hark::app {

struct PlannedInstance;

enum class Mode : std::uint8_t {
  look,  // `hark check`: what is remembered counts, nothing is written
  run,
  safe,  // run, without every plugin that was ever blamed, whatever became of that
};

// A host that ended without order, as it is told to people and published.
struct PastEnd {
  std::string text;  // of the log line
  std::string data;  // of `hark.plugin.crashed_host`: JSON; empty: nobody to blame, nothing is published
  std::string name;  // of the instance, or else the plugin
};

class Past {
 public:
  Past() = default;  // nothing is known

  // In run and safe: reads how earlier hosts ended, demotes those that ended them, and opens this host's own file; from
  // here on what ends the process is recorded. Before any code of a plugin runs.
  Past(const config::Config& config, Mode mode);

  struct Against {
    std::string refused;          // why it is left out: reason and remedy
    std::string process_because;  // why it is to have a process of its own
  };
  // One that is loaded into this process all the same is warned of.
  Against against(PlannedInstance& instance, config::Report& report) const;
  bool autoload_is_off() const { return mode_ == Mode::safe; }

  const std::vector<PastEnd>& ends() const { return ends_; }
  const std::vector<std::string>& faults() const { return faults_; }  // of this class's own files
  bus::Cells* cells() const { return own_ ? own_->cells() : nullptr; }
  // The process is about to end in order, and threads may still use the cells.
  void end_well() const {
    if (own_) own_->remove();
  }

 private:
  void blame(const host::CrashRecord& record);
  void tell_killed(const std::vector<bus::CellFile::Call>& calls);
  std::string demote(const host::CrashRecord& record, const std::string& name, const std::string& why);

  Mode mode_ = Mode::look;
  std::filesystem::path blame_file_;
  std::string config_file_;
  host::Blame blame_;
  std::vector<PastEnd> ends_;
  std::vector<std::string> faults_;
  std::unique_ptr<host::CrashFile> own_;
};

}  // namespace hark::app
