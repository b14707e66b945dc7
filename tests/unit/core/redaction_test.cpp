// Secrets taken out of texts.
#include "core/redaction.h"

#include <catch2/catch.hpp>

using hark::core::Redaction;
using hark::core::Secret;

namespace {

Redaction hiding(std::initializer_list<Secret> secrets) {
  Redaction r;
  for (const Secret& s : secrets) r.hide(s);
  return r;
}

}  // namespace

TEST_CASE("a secret is replaced by its name wherever it stands") {
  const Redaction r = hiding({{"secret:db", "hunter2hunter2"}});
  CHECK(r.apply("hunter2hunter2") == "[secret:db]");
  CHECK(r.apply("a hunter2hunter2, and hunter2hunter2!") == "a [secret:db], and [secret:db]!");
  CHECK(r.apply("nothing here") == "nothing here");
  CHECK(r.apply("") == "");
}

TEST_CASE("a secret is found as a JSON string has it") {
  const Redaction r = hiding({{"env:PW", "qu\"ote\\\n"}});
  CHECK(r.apply(R"({"pw":"qu\"ote\\\n"})") == R"({"pw":"[env:PW]"})");
}

TEST_CASE("a secret that contains another is replaced as a whole") {
  const Redaction r = hiding({{"secret:a", "abcdef"}, {"secret:b", "abcdefghi"}});
  CHECK(r.apply("abcdefghi abcdef") == "[secret:b] [secret:a]");
}

TEST_CASE("a text that breaks off within a secret does not show its beginning") {
  const Redaction r = hiding({{"secret:db", "hunter2hunter2"}});
  CHECK(r.apply("pw=hunter2hunter") == "pw=[secret:db]");
  CHECK(r.apply("pw=hunter") == "pw=[secret:db]");
  CHECK(r.apply("pw=hunte") == "pw=hunte");  // five letters say little, and end many a text
}

TEST_CASE("a secret of less than six bytes is not looked for") {
  const Redaction r = hiding({{"secret:pin", "12345"}});
  CHECK(r.empty());
  CHECK(r.apply("port 12345") == "port 12345");
}
