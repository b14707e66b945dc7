// The bound of the whole-process benchmarks: the least that could do the work, in one thread and without a promise.
//
//   bound two A B | null | four A B C D   < NDJSON      prints how many lines it took
//
// Reads 1 MiB blocks, splits them into lines, parses each by simdjson's DOM, looks at `level`: errors go to A, the rest
// to B; `four` writes every line to all. A file is written whenever 256 KiB have gathered.
#include <fcntl.h>
#include <simdjson.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct Output {
  int fd;
  std::string text;

  void append(std::string_view line) {
    constexpr std::size_t full = 256 * 1024;
    text.append(line).push_back('\n');
    if (text.size() >= full) flush();
  }
  void flush() {
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t n = write(fd, text.data() + done, text.size() - done);
      if (n < 0) std::exit(1);
      done += static_cast<std::size_t>(n);
    }
    text.clear();
  }
};

}  // namespace

int main(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "null";
  std::vector<Output> outputs;
  for (int i = 2; i < argc; ++i) outputs.push_back({open(argv[i], O_WRONLY | O_CREAT | O_APPEND, 0640), {}});
  if (outputs.size() != (mode == "two" ? 2U : mode == "four" ? 4U : 0U)) return 2;
  constexpr std::size_t block = 1 << 20;
  std::vector<char> bytes(2 * block + simdjson::SIMDJSON_PADDING);
  simdjson::dom::parser parser;
  std::uint64_t lines = 0, errors = 0;
  std::size_t held = 0;
  for (ssize_t n; (n = read(STDIN_FILENO, bytes.data() + held, block)) > 0;) {
    const char* at = bytes.data();
    const char* const end = at + held + n;
    for (const void* found; (found = std::memchr(at, '\n', static_cast<std::size_t>(end - at))) != nullptr; ++lines) {
      const char* const line_end = static_cast<const char*>(found);
      const std::string_view line(at, static_cast<std::size_t>(line_end - at));
      std::string_view level;
      if (parser.parse(line.data(), line.size(), false)["level"].get(level) != simdjson::SUCCESS) return 1;
      const bool is_error = level == "error";
      errors += is_error ? 1 : 0;
      if (mode == "two") outputs[is_error ? 0 : 1].append(line);
      if (mode == "four") {
        for (Output& output : outputs) output.append(line);
      }
      at = line_end + 1;
    }
    held = static_cast<std::size_t>(end - at);
    std::memmove(bytes.data(), at, held);
  }
  for (Output& output : outputs) output.flush();
  std::printf("%llu %llu\n", static_cast<unsigned long long>(lines), static_cast<unsigned long long>(errors));
}
