#include "follower.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

namespace hark::file_source {
namespace {

constexpr std::int64_t slice_ns = 200'000'000;    // between positions, and looks around while a full queue holds it up
constexpr std::size_t turn_bytes = 1 << 20;       // of one file, before others have theirs
constexpr std::size_t worth_keeping = 64 * 1024;  // of a line without an end; less is read again

std::string state_file_of(const Context& context) {
  return context.state_dir().empty() ? std::string() : context.state_dir() + "/positions";
}

}  // namespace

Follower::Follower(Context& context, const input::PluginOptions& options)
    : context_(context),
      follow_(options.flag("follow", true)),
      state_file_(state_file_of(context)),
      messages_(options),
      refusals_(context),
      files_(context, options.texts("path"), options.text("start", "beginning") == "end", follow_),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!wake_) throw Reject("eventfd: " + std::generic_category().message(errno));
}

void Follower::run() {
  tell_missing(files_.begin(load()));
  while (!stopping()) {
    const bool more = read_round();
    if (stopping()) break;
    close_those_over();
    save_if_due();
    if (!more) refusals_.tell_rest();
    if (!follow_ && !more && !std::exchange(finished_, true))
      context_.finished(failed_.empty() ? Result() : Result(Reject(failed_)));
    wait(more);
  }
  refusals_.tell_rest();
}

void Follower::stop() {
  stopping_ = true;
  wake();
  window_.wake();
}

std::vector<Position> Follower::load() {
  if (state_file_.empty()) {
    context_.info("the host gives no state folder: a restart begins where option start says");
    return {};
  }
  std::error_code error;
  std::filesystem::create_directories(context_.state_dir(), error);  // save() tells if that failed
  LoadedPositions loaded = load_positions(state_file_);
  if (!loaded.problem.empty())
    context_.warn("positions of an earlier run", {{"file", state_file_}, {"problem", loaded.problem}});
  return std::move(loaded.positions);
}

void Follower::tell_missing(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    if (follow_) {
      context_.info("no such file yet: waiting for it", {{"path", path}});
    } else {
      failed_ = "no file at \"" + path + "\"";
      context_.error("no such file", {{"path", path}});
    }
  }
}

// One turn for each file that may have something; a file that replaced another waits for it. True: there is more.
bool Follower::read_round() {
  bool more = false;
  std::set<std::string_view> behind;  // paths of which an older file is not read to its end
  for (FollowedFile& file : files_.all()) {
    if (stopping()) return false;
    if (!file.ready || behind.contains(file.origin)) continue;
    if (read_turn(file)) continue;
    more = true;
    behind.insert(file.origin);
  }
  return more;
}

// True: read to its end.
bool Follower::read_turn(FollowedFile& file) {
  file.ready = false;  // first: what is written from here on sets it again
  look_for_truncation(file);
  input::LineBuffer& lines = buffer_of(file);
  for (std::size_t turn = 0; turn < turn_bytes;) {
    const auto room = lines.room();
    const ssize_t n = pread(file.fd.get(), room.data(), room.size(), static_cast<off_t>(file.next));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) tell_unreadable(file, errno);
    if (n <= 0) {
      if (!follow_ || file.closing) {
        if (const auto line = lines.rest(); line && take(file, *line) == Answer::stop) return true;
      }
      park(file);
      return true;
    }
    lines.filled(static_cast<std::size_t>(n));
    file.next += static_cast<std::uint64_t>(n);
    turn += static_cast<std::size_t>(n);
    if (!file.named) file.quiet_since_ns = context_.now_ns();
    while (const auto line = lines.next()) {
      if (take(file, *line) == Answer::stop) return true;
    }
    save_if_due();
  }
  file.ready = true;
  return false;
}

void Follower::tell_unreadable(FollowedFile& file, int error) {
  if (std::exchange(file.unreadable, true)) return;
  const std::string why = std::generic_category().message(error);
  context_.error("a file cannot be read", {{"path", file.path}, {"error", why}});
  failed_ = "read \"" + file.path + "\": " + why;
}

void Follower::look_for_truncation(FollowedFile& file) {
  struct stat status{};
  if (fstat(file.fd.get(), &status) != 0) return;
  if (std::cmp_greater_equal(status.st_size, file.next) && file.head.matches(file.fd.get())) return;
  context_.warn("a file was truncated: reading it from its beginning",
                {{"path", file.path}, {"was read to", std::to_string(file.next)}});
  files_.rewind(file);
}

input::LineBuffer& Follower::buffer_of(FollowedFile& file) {
  if (!file.partial) {
    file.partial = spare_ ? std::move(spare_)
                          : std::make_unique<input::LineBuffer>(messages_.max_line(), input::LineParser::padding);
    file.partial->reset(file.next);
  }
  return *file.partial;
}

// Buffers are large: a file has one only while it is read, or while it ends in a long line without an end.
void Follower::park(FollowedFile& file) {
  if (file.partial->pending() >= worth_keeping) return;
  file.next = file.partial->position();
  spare_ = std::move(file.partial);
}

Follower::Answer Follower::take(const FollowedFile& file, const input::Line& line) {
  while (!window_.wait_for_room(std::chrono::nanoseconds(slice_ns))) {
    if (stopping()) return Answer::stop;
    between();
  }
  const std::uint64_t token = window_.reserve(file.number, line.end);
  std::string why;
  hark_message* const message = messages_.read(line);
  if (message == nullptr) {
    why = messages_.reason();
  } else {
    hark_result answer = HARK_OK;
    if (publish(*message, token, answer) == Answer::stop) {
      window_.cancel();
      return Answer::stop;
    }
    if (answer >= 0 && tells_kept_) return stopping() ? Answer::stop : Answer::done;
    why = input::refusal_of(answer);
  }
  if (!why.empty()) refusals_.refuse(line.text, file.path + " at byte " + std::to_string(line.begin), why);
  kept(std::span(&token, 1), HARK_OK);
  return stopping() ? Answer::stop : Answer::done;
}

// Waits for room as long as nobody stops it. stop: it was not taken, and is read again after a restart.
Follower::Answer Follower::publish(hark_message& message, std::uint64_t token, hark_result& answer) {
  const hark_host* const host = context_.raw();
  message.token = token;
  if (tells_kept_) message.flags |= HARK_M_TELL_KEPT;
  for (;;) {
    answer = host->publish_wait(host, &message, context_.now_ns() + slice_ns, nullptr);
    if (answer == HARK_NOSUPPORT && std::exchange(tells_kept_, false)) {
      message.flags &= ~HARK_M_TELL_KEPT;
      context_.warn("the host does not tell what is kept: positions are those of what was published");
    } else if (answer == HARK_CLOSING || (answer == HARK_AGAIN && stopping())) {
      stopping_ = true;  // a later line must not be taken either: its position would hide this one
      return Answer::stop;
    } else if (answer != HARK_AGAIN) {
      return Answer::done;
    } else {
      between();
    }
  }
}

void Follower::kept(std::span<const std::uint64_t> tokens, hark_result r) {
  if (r < 0 && !told_lost_.exchange(true))
    context_.error("the host could not keep an event", {{"answer", code_name(r)}});
  if (window_.kept(tokens) && !dirty_.exchange(true)) wake();
}

// A file that lost its name is closed once it was quiet for long enough.
void Follower::close_those_over() {
  const std::int64_t now = context_.now_ns();
  for (auto next = files_.all().begin(); next != files_.all().end();) {
    const auto file = next++;
    if (file->named || file->ready || now < file->quiet_since_ns + FollowedFiles::linger_ns) continue;
    file->closing = true;
    if (!read_turn(*file) || stopping()) continue;
    over_.push_back({file->position(file->start), file->number});
    files_.remove(file);
  }
}

void Follower::wait(bool more) {
  const std::int64_t now = context_.now_ns();
  const std::int64_t deadline = next_deadline_ns();
  int timeout = -1;
  if (more || deadline <= now) {
    timeout = 0;
  } else if (deadline != INT64_MAX) {
    timeout = static_cast<int>((deadline - now) / 1'000'000 + 1);
  }
  pollfd waiting[] = {{wake_.get(), POLLIN, 0}, {files_.watch_fd(), POLLIN, 0}};
  (void)poll(waiting, 2, timeout);
  std::uint64_t woken = 0;
  if (waiting[0].revents != 0) (void)!read(wake_.get(), &woken, sizeof woken);
  files_.look_around();
}

std::int64_t Follower::next_deadline_ns() const {
  std::int64_t deadline = files_.next_look_ns().value_or(INT64_MAX);
  if (dirty_ && !state_file_.empty()) deadline = std::min(deadline, saved_ns_ + slice_ns);
  for (const FollowedFile& file : files_.all()) {
    if (!file.named) deadline = std::min(deadline, file.quiet_since_ns + FollowedFiles::linger_ns);
  }
  return deadline;
}

// While something holds it up: files that are renamed meanwhile are to be opened before they are gone.
void Follower::between() {
  files_.look_around();
  save_if_due();
}

void Follower::save_if_due() {
  if (files_.take_changed()) dirty_ = true;
  if (dirty_ && context_.now_ns() >= saved_ns_ + slice_ns) save();
}

void Follower::save() {
  dirty_ = false;  // first: what is kept from here on sets it again
  const KeptWindow::Offsets kept = window_.offsets();
  const auto offset_of = [&](std::uint32_t number, std::uint64_t start) {
    const auto known = kept.of.find(number);
    return known == kept.of.end() ? start : known->second;
  };
  std::vector<Position> positions = files_.unclaimed();
  std::erase_if(over_, [&](const Over& o) { return !kept.open.contains(o.number); });
  std::set<std::uint32_t> known;
  for (Over& o : over_) {
    known.insert(o.number);
    positions.push_back(o.position);
    positions.back().offset = offset_of(o.number, o.position.offset);
  }
  for (const FollowedFile& file : files_.all()) {
    known.insert(file.number);
    positions.push_back(file.position(offset_of(file.number, file.start)));
  }
  for (const auto& [number, offset] : kept.of) {
    if (!known.contains(number) && !kept.open.contains(number)) window_.forget(number);
  }
  saved_ns_ = context_.now_ns();
  if (state_file_.empty()) return;
  const std::string trouble = save_positions(state_file_, positions);
  if (trouble == trouble_) return;
  trouble_ = trouble;
  if (!trouble.empty())
    context_.error("positions cannot be written: a restart reads lines again", {{"error", trouble}});
}

void Follower::wake() const {
  constexpr std::uint64_t one = 1;
  (void)!write(wake_.get(), &one, sizeof one);
}

}  // namespace hark::file_source
