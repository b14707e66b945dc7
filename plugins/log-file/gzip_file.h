// One file, compressed beside itself.
#pragma once

#include <atomic>
#include <string>

namespace hark::log_file {

inline constexpr const char* gzip_suffix = ".gz";
inline constexpr const char* gzip_unfinished = ".gz.new";

// Makes PATH.gz of PATH and removes PATH. PATH.gz is whole and on disk before that: until then it is called
// PATH.gz.new. Answers what went wrong, or an empty text; PATH is as it was then. Stops early, without a word, once
// `stopping`.
std::string gzip_file(const std::string& path, const std::atomic<bool>& stopping);

}  // namespace hark::log_file
