// What comes in through standard input, good and bad: a bad line costs itself and nobody else.
#include <catch2/catch.hpp>

#include "host.h"

using namespace hark::e2e;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;  // memory is not what it would be
#else
constexpr bool sanitized = false;
#endif

struct BadLine {
  std::string line;
  std::string reason;
};

// Each bad line is refused with its reason and dead-lettered, and the good one behind it arrives.
void check_refused(const std::vector<BadLine>& bad) {
  const Workspace w;
  w.config(from_stdin, to_out_file);
  std::string input;
  for (const BadLine& b : bad) input += b.line + "\n{\"type\":\"good\"}\n";
  const Ended ended = w.run(input);
  check_ended_well(ended);
  INFO(ended.err);
  const std::vector<Event> out = w.events("out.ndjson");
  CHECK(out.size() == bad.size());
  CHECK(of_type(out, "good").size() == bad.size());
  const std::vector<Event> letters = w.dead_letters();
  REQUIRE(letters.size() == bad.size());
  for (std::size_t i = 0; i < bad.size(); ++i) {
    INFO("line " << 2 * i + 1 << ": " << bad[i].line.substr(0, 200) << "\n" << letters[i].line.substr(0, 2000));
    CHECK(letters[i].at("harkreason") == "input");
    CHECK(letters[i].at("subject") == "stdin line " + std::to_string(2 * i + 1));
    CHECK(letters[i].at("harkerror").find(bad[i].reason) != std::string::npos);
    CHECK(!letters[i].at("data_base64").empty());
  }
  CHECK(Ledger(ended.err).from("in").at("refused input") == bad.size());
  CHECK(Ledger(ended.err).from("in").at("admitted") == bad.size());
  CHECK(ended.err.find("stdin line 1") != std::string::npos);
}

std::string cloud_event(std::string_view members) {
  return "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/a\",\"type\":\"t\"" + std::string(members) + "}";
}

}  // namespace

TEST_CASE("lines of the three kinds become events of the right type and data") {
  const Workspace w;
  w.config(from_stdin, to_out_file);
  const std::string object = R"({"type": "deploy.done",  "n": [1, 2.50, "x"], "big": 18446744073709551615})";
  check_ended_well(w.run(object + "\nplain words\n[1,2]\n\n   \n" +
                         cloud_event(R"(,"subject":"s","data":{"a":1},"ext":true)") +
                         "\n{\"type\":\"no newline at the end\"}"));
  const std::vector<Event> out = w.events("out.ndjson");
  REQUIRE(out.size() == 6);
  CHECK(out[0].type() == "deploy.done");
  CHECK(out[0].line.find("\"data\":" + object) != std::string::npos);  // as it stood
  CHECK(out[0].at("source") == "/hark/in");
  CHECK(out[1].type() == "line");
  CHECK(out[1].at("datacontenttype") == "text/plain");
  CHECK(out[1].data() == "plain words");
  CHECK(out[2].data() == "[1,2]");
  CHECK(out[3].data() == "   ");
  CHECK(out[4].at("id") == "1");
  CHECK(out[4].at("source") == "/a");
  CHECK(out[4].at("subject") == "s");
  CHECK(out[4].at("ext") == "true");
  CHECK(out[4].data() == "{\"a\":1}");
  CHECK(out[5].type() == "no newline at the end");
}

TEST_CASE("options of stdin name the fields and types to use") {
  const Workspace w;
  w.config(R"(
[sources.in]
plugin = "stdin"
options = { type_field = "event", data_field = "body", line_type = "raw", source = "/plant/7" }
)",
           to_out_file);
  check_ended_well(w.run("{\"event\":\"a\",\"body\":{\"x\":1},\"type\":\"not this\"}\ntext\n"));
  const std::vector<Event> out = w.events("out.ndjson");
  REQUIRE(out.size() == 2);
  CHECK(out[0].type() == "a");
  CHECK(out[0].data() == "{\"x\":1}");
  CHECK(out[0].at("source") == "/plant/7");
  CHECK(out[1].type() == "raw");
}

TEST_CASE("CRLF ends and a byte order mark are no part of a line") {
  const Workspace w;
  w.config(from_stdin, to_out_file);
  check_ended_well(w.run("\xEF\xBB\xBF{\"type\":\"a\"}\r\nwords\r\n"));
  const std::vector<Event> out = w.events("out.ndjson");
  REQUIRE(out.size() == 2);
  CHECK(out[0].type() == "a");
  CHECK(out[1].data() == "words");
}

TEST_CASE("lines that are no UTF-8 or hold lone surrogates are refused") {
  check_refused({{"caf\xE9", "UTF-8"},
                 {"{\"type\":\"caf\xE9\"}", "UTF-8"},
                 {"{\"type\":\"a\",\"x\":\"\xED\xA0\x80\"}", "UTF-8"},
                 {"{\"type\":\"a\",\"x\":\"\xC0\x80\"}", "UTF-8"},
                 {"{\"type\":\"a\",\"x\":\"\xF4\x90\x80\x80\"}", "UTF-8"},
                 {"\xFF", "UTF-8"},
                 {R"({"type":"\ud800"})", "surrogate"},
                 {R"({"type":"a","x":"\udc00\ud800"})", "surrogate"}});
}

TEST_CASE("objects that are no whole JSON document are refused with the byte") {
  check_refused({{R"({"type":"a"} {"type":"b"})", "text after the end"},
                 {R"({"type":"a"},"source":"/admin")", "text after the end"},
                 {R"({"type":"a")", "not JSON at byte"},
                 {"{", "not JSON at byte"},
                 {R"({"type":"a","x":tru})", "not JSON at byte"},
                 {R"({"type":"a","x":00})", "not JSON at byte"},
                 {R"({"type":"a","x":1.})", "not JSON at byte"},
                 {R"({"type":"a",})", "not JSON at byte"},
                 {R"({'type':'a'})", "not JSON at byte"},
                 {"{\"type\":\"a\tb\"}", "not JSON at byte"},
                 {R"({"type":"a","x":NaN})", "not JSON at byte"},
                 {std::string("{\"type\":\"a\"\0}", 13), "not JSON at byte"}});
}

TEST_CASE("numbers beyond 64 bits are refused") {
  check_refused({{R"({"type":"a","x":18446744073709551616})", "64 bits"},
                 {R"({"type":"a","x":-9223372036854775809})", "64 bits"},
                 {R"({"type":"a","x":123456789012345678901234567890})", "64 bits"},
                 {R"({"type":"a","x":1e999})", ""}});
}

TEST_CASE("objects nested too deep are refused") {
  const auto nested = [](int levels) {
    const auto n = static_cast<std::size_t>(levels);
    return "{\"type\":\"a\",\"x\":" + std::string(n, '[') + std::string(n, ']') + "}";
  };
  check_refused({{nested(1000), "nested deeper"}, {nested(100'000), "nested deeper"}});
}

TEST_CASE("objects nested as deep as allowed are whole to where") {
  const Workspace w;
  w.config(from_stdin, to_out_file, "where = { \"data.n\" = { exists = true } }\n");
  const std::string deep = std::string(999, '[') + std::string(999, ']');
  check_ended_well(w.run("{\"type\":\"a\",\"x\":" + deep + ",\"n\":1}\n"));
  CHECK(w.events("out.ndjson").size() == 1);
}

TEST_CASE("an object whose routed field stands twice is refused") {
  check_refused({{R"({"type":"a","type":"b"})", "`type`"},
                 {R"({"type":"a","x":1,"ty\u0070e":"b"})", "`type`"},
                 {cloud_event(R"(,"source":"/admin")"), "source"},
                 {cloud_event(R"(,"data":1,"data":2)"), "data"},
                 {cloud_event(R"(,"specversion":"1.0")"), "specversion"}});
}

TEST_CASE("objects without a usable type are refused") {
  check_refused({{"{}", "`type` is missing"},
                 {R"({"type":3})", "`type`"},
                 {R"({"type":null})", "`type`"},
                 {R"({"type":""})", "`type`"}});
}

TEST_CASE("CloudEvents that break a rule are refused") {
  check_refused({{R"({"specversion":"1.0","id":"1","type":"t"})", "source"},
                 {R"({"specversion":"1.0","source":"/a","type":"t"})", "id"},
                 {R"({"specversion":"0.3","id":"1","source":"/a","type":"t"})", "specversion"},
                 {R"({"specversion":"1.0","id":"","source":"/a","type":"t"})", "id"},
                 {cloud_event(R"(,"time":"yesterday")"), ""},
                 {cloud_event(R"(,"Upper":"x")"), ""},
                 {cloud_event(R"(,"ext":{"a":1})"), "ext"},
                 {cloud_event(R"(,"data":1,"data_base64":"AA==")"), "data"},
                 {cloud_event(R"(,"data_base64":"!")"), "data_base64"}});
}

TEST_CASE("hark types are nobody's to publish from outside") {
  check_refused({{R"({"type":"hark.plugin.loaded"})", ""},
                 {R"({"specversion":"1.0","id":"1","source":"/a","type":"hark.x"})", ""}});
}

TEST_CASE("an event over max_event is refused and told") {
  const Workspace w;
  w.config(from_stdin, to_out_file, "[guards]\nmax_event = \"64KiB\"\n");
  const Ended ended = w.run("{\"type\":\"big\",\"x\":\"" + std::string(70'000, 'x') + "\"}\n{\"type\":\"good\"}\n");
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(w.events("out.ndjson").size() == 1);
  REQUIRE(w.dead_letters().size() == 1);
  CHECK(w.dead_letters()[0].at("harkerror").find("max_event") != std::string::npos);
}

TEST_CASE("a flood of bad lines is counted in full and told at a limited rate") {
  const Workspace w;
  w.config(from_stdin, to_out_file);
  std::string input;
  for (int i = 0; i < 20'000; ++i) input += "{bad\n";
  const Ended ended = w.run(input + "{\"type\":\"good\"}\n");
  check_ended_well(ended);
  CHECK(w.events("out.ndjson").size() == 1);
  CHECK(w.dead_letters().size() == 20'000);
  CHECK(Ledger(ended.err).from("in").at("refused input") == 20'000);
  CHECK(count_of(ended.err, "\n") < 200);
}

TEST_CASE("a line of 1 GB is refused in bounded memory and the next one arrives") {
  const Workspace w;
  w.config(from_stdin, to_out_file);
  Process host(w.launch({"run", "hark.toml"}));
  const std::string piece(1 << 20, 'x');
  bool written = host.write("{\"type\":\"");
  for (int i = 0; i < 1024 && written; ++i) written = host.write(piece);
  CHECK(written);
  CHECK(host.write("\"}\n{\"type\":\"good\"}\n"));
  const Ended ended = host.finish();
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(w.events("out.ndjson").size() == 1);
  const std::vector<Event> letters = w.dead_letters();
  REQUIRE(letters.size() == 1);
  CHECK(letters[0].at("harkerror").find("1073741835 bytes") != std::string::npos);
  CHECK(letters[0].line.size() < 10'000);
  CHECK(ended.err.find("stdin line 1") != std::string::npos);
  if (!sanitized) CHECK(ended.max_rss_kb < 64 * 1024);
}

TEST_CASE("a long line without an end is refused at the end of input") {
  const Workspace w;
  w.config(from_stdin, to_out_file);
  Process host(w.launch({"run", "hark.toml"}));
  const std::string piece(1 << 20, '{');
  for (int i = 0; i < 64; ++i) REQUIRE(host.write(piece));
  check_ended_well(host.finish());
  CHECK(w.dead_letters().size() == 1);
}

TEST_CASE("bytes without any meaning never end the host") {
  const Workspace w;
  w.config(from_stdin, to_out_file);
  std::string noise;
  std::uint64_t state = 88172645463325252ull;
  for (int i = 0; i < 500'000; ++i) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    noise += i % 3 == 0 ? "{}[]\",:\n\\"[state % 9] : static_cast<char>(state >> 56);
  }
  check_ended_well(w.run(noise + "\n{\"type\":\"good\"}\n"));
  CHECK(of_type(w.events("out.ndjson"), "good").size() == 1);
}

TEST_CASE("an empty input ends well") {
  const Workspace w;
  w.config(from_stdin, to_out_file);
  check_ended_well(w.run());
  CHECK(w.events("out.ndjson").empty());
}

TEST_CASE("a standard input that cannot be read is told and ends the host") {
  const Workspace w;
  w.config(from_stdin, to_out_file);
  Launch folder = w.launch({"run", "hark.toml"});
  folder.input = w.path("plugins");
  Launch closed = folder;
  closed.command = {"/bin/sh", "-c", "exec " HARK_BINARY " run hark.toml <&-"};
  for (const Launch& launch : {folder, closed}) {
    Process host(launch);
    const Ended ended = host.wait();
    check_ended_well(ended);
    INFO(ended.err);
    CHECK(ended.err.find("in: ended: read stdin: ") != std::string::npos);
  }
}
