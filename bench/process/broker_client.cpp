// One publisher and one subscriber of a broker on the loopback, each a thread with a socket of its own.
//
//   broker_client nats|mqtt PORT MESSAGES BYTES     prints messages a second
//
// Speaks just enough of NATS' text protocol (PUB, SUB) and of MQTT 3.1.1 (CONNECT, SUBSCRIBE, PUBLISH with QoS 0). Each
// message begins with its number; a message that is missing, doubled or out of order ends it with status 1. At most
// `window` messages are under way, so that no broker has to throw any away.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>

namespace {

constexpr std::uint64_t window = 32'768;
std::atomic<std::uint64_t> received{0};

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "broker_client: %s\n", what.c_str());
  std::_Exit(1);
}

void pin_to(std::size_t core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  (void)pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

class Socket {
 public:
  explicit Socket(int port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr generic;
    static_assert(sizeof generic == sizeof to);
    std::memcpy(&generic, &to, sizeof to);
    if (fd_ < 0 || connect(fd_, &generic, sizeof generic) != 0) fail("connect: " + std::string(std::strerror(errno)));
    const int on = 1;
    (void)setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const timeval patience{10, 0};
    (void)setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { close(fd_); }

  void send(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (n <= 0) fail("send: " + std::string(std::strerror(errno)));
      text.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  // The next n bytes; valid until the next call.
  std::string_view take(std::size_t n) {
    while (held_.size() - at_ < n) more();
    at_ += n;
    return std::string_view(held_).substr(at_ - n, n);
  }
  std::string_view line() {
    std::size_t end;
    while ((end = held_.find("\r\n", at_)) == std::string::npos) more();
    const auto text = std::string_view(held_).substr(at_, end - at_);
    at_ = end + 2;
    return text;
  }

 private:
  void more() {
    held_.erase(0, at_);
    at_ = 0;
    const std::size_t before = held_.size();
    held_.resize(before + (256 << 10));
    const ssize_t n = recv(fd_, held_.data() + before, held_.size() - before, 0);
    if (n <= 0) fail(n == 0 ? "the broker closed the connection" : "recv: " + std::string(std::strerror(errno)));
    held_.resize(before + static_cast<std::size_t>(n));
  }
  int fd_;
  std::string held_;
  std::size_t at_ = 0;
};

// What the two protocols differ in.
struct Nats {
  static void hello(Socket& s) {
    (void)s.line();  // INFO
    s.send("CONNECT {\"verbose\":false,\"pedantic\":false}\r\nPING\r\n");
    if (s.line() != "PONG") fail("no PONG");
  }
  static void subscribe(Socket& s) {
    s.send("SUB bench.topic 1\r\nPING\r\n");
    if (s.line() != "PONG") fail("no PONG");
  }
  static void append(std::string& out, std::string_view payload) {
    out.append("PUB bench.topic ").append(std::to_string(payload.size())).append("\r\n").append(payload).append("\r\n");
  }
  static std::string_view next(Socket& s, std::size_t size) {
    std::string_view head = s.line();
    for (; !head.starts_with("MSG "); head = s.line()) {
      if (head == "PING") s.send("PONG\r\n");
      if (head.starts_with("-ERR")) fail(std::string(head));
    }
    return s.take(size + 2).substr(0, size);
  }
};

struct Mqtt {
  static void hello(Socket& s) {
    static std::atomic<char> id{'a'};
    s.send(std::string("\x10\x0d\x00\x04MQTT\x04\x02\x00\x00\x00\x01", 14) + id++);
    if (s.take(4) != std::string_view("\x20\x02\x00\x00", 4)) fail("no CONNACK");
  }
  static void subscribe(Socket& s) {
    s.send(std::string("\x82\x10\x00\x01\x00\x0b", 6) + "bench/topic" + std::string(1, '\0'));
    if (s.take(5).front() != '\x90') fail("no SUBACK");
  }
  static void append(std::string& out, std::string_view payload) {
    constexpr std::string_view topic(
        "\x00\x0b"
        "bench/topic",
        13);
    out.push_back('\x30');
    std::size_t rest = topic.size() + payload.size();
    for (; rest >= 128; rest /= 128) out.push_back(static_cast<char>(rest % 128 | 128));
    out.push_back(static_cast<char>(rest));
    out.append(topic).append(payload);
  }
  static std::string_view next(Socket& s, std::size_t size) {
    if (s.take(1).front() != '\x30') fail("not a PUBLISH");
    std::size_t rest = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(s.take(1).front());
      rest |= static_cast<std::size_t>(byte & 127) << shift;
      if (byte < 128) break;
    }
    if (rest != 13 + size) fail("a message of another size");
    return s.take(rest).substr(13);
  }
};

template <class Protocol>
void publish(int port, std::uint64_t messages, std::size_t size) {
  pin_to(0);
  Socket s(port);
  Protocol::hello(s);
  std::string out, payload(size, 'x');
  for (std::uint64_t i = 0; i < messages; ++i) {
    std::snprintf(payload.data(), size, "%012llu", static_cast<unsigned long long>(i));
    Protocol::append(out, payload);
    if (out.size() < (32 << 10) && i + 1 != messages) continue;
    while (i - received.load(std::memory_order_relaxed) > window && i > received.load()) usleep(50);
    s.send(out);
    out.clear();
  }
  while (received.load() != messages) usleep(200);
}

template <class Protocol>
int run(int port, std::uint64_t messages, std::size_t size) {
  Socket s(port);
  Protocol::hello(s);
  Protocol::subscribe(s);
  const auto began = std::chrono::steady_clock::now();
  std::thread publisher(publish<Protocol>, port, messages, size);
  pin_to(1);
  for (std::uint64_t i = 0; i < messages; ++i) {
    if (std::strtoull(std::string(Protocol::next(s, size).substr(0, 12)).c_str(), nullptr, 10) != i)
      fail("message " + std::to_string(i) + " is missing or out of order");
    if (i % 64 == 63) received.store(i + 1, std::memory_order_relaxed);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  received = messages;
  publisher.join();
  std::printf("%.0f\n", static_cast<double>(messages) / took.count());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const int port = std::atoi(argv[2]);
  const auto messages = std::strtoull(argv[3], nullptr, 10);
  const auto size = static_cast<std::size_t>(std::strtoull(argv[4], nullptr, 10));
  if (size < 16) return 2;
  return std::string_view(argv[1]) == "nats" ? run<Nats>(port, messages, size) : run<Mqtt>(port, messages, size);
}
