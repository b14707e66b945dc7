// The example plugins as their own files.
#include <catch2/catch.hpp>
#include <fstream>
#include <hark/testing/bare_host.hpp>
#include <sstream>

using hark::testing::BareHost;

namespace {
const std::filesystem::path examples = HARK_TEST_EXAMPLES;
}  // namespace

TEST_CASE("the alerter raises an alert and throws at critical errors") {
  BareHost host(examples / "alerter.so");
  REQUIRE(host.create().code == HARK_OK);
  CHECK(host.handle("error_occurred", R"({"message":"disk full"})").code == HARK_OK);
  REQUIRE(host.published().size() == 1);
  CHECK(host.published()[0].type == "alert.raised");
  CHECK(host.published()[0].data == R"({"message":"disk full","severity":"ERROR"})");

  const auto a = host.handle("error_occurred", R"({"message":"on fire","severity":"CRITICAL"})");
  CHECK(a.code == HARK_RETRY);
  CHECK(a.text == "the pager does not answer: on fire");
  const auto b = host.handle("error_occurred", R"({"message":"x","severity":3})");
  CHECK(b.code == HARK_REJECT);
  CHECK(b.text == "field `severity`: expected text, found number");
}

TEST_CASE("the mailer appends a mail to its outbox and publishes that it was sent") {
  const auto outbox = std::filesystem::temp_directory_path() / ("hark-outbox-" + std::to_string(::getpid()));
  std::filesystem::remove(outbox);
  BareHost host(examples / "mailer.so");
  REQUIRE(host.create(R"({"delay_ms":0,"outbox":")" + outbox.string() + R"("})").code == HARK_OK);
  CHECK(host.handle("error_occurred", R"({"message":"disk full","code":28})").code == HARK_OK);
  std::stringstream text;
  text << std::ifstream(outbox).rdbuf();
  CHECK(text.str().find("To: ops@example.com\nSubject: ERROR: disk full (28)\n") == 0);
  std::filesystem::remove(outbox);
  REQUIRE(host.published().size() == 1);
  CHECK(host.published()[0].type == "mail.sent");
  CHECK(host.published()[0].data == R"x({"to":"ops@example.com","subject":"ERROR: disk full (28)"})x");
}

TEST_CASE("the mailer sends no mail twice because nobody could hear of the first") {
  BareHost host(examples / "mailer.so");
  REQUIRE(host.create(R"({"delay_ms":0})").code == HARK_OK);
  host.on_publish([](const hark::testing::Published&) { return HARK_AGAIN; });
  CHECK(host.handle("error_occurred", R"({"message":"disk full"})").code == HARK_OK);
  CHECK(host.logged("mail.sent"));
}

TEST_CASE("the mailer says which outbox it cannot write") {
  BareHost host(examples / "mailer.so");
  CHECK(host.create(R"({"outbox":"/nowhere/at/all"})").text == "cannot write the outbox \"/nowhere/at/all\"");
}
