// JSON text to a declared struct and back. Nothing is made up, nothing is lost in silence.
#include <catch2/catch.hpp>
#include <hark/sdk/json.hpp>

namespace {

struct ErrorEvent {
  std::string message;
  std::string severity = "ERROR";
  std::optional<int> code;
};
HARK_EVENT(ErrorEvent, "error_occurred", message, HARK_DEFAULT(severity), code);

struct Numbers {
  std::int8_t i8 = 0;
  std::uint8_t u8 = 0;
  std::int64_t i64 = 0;
  std::uint64_t u64 = 0;
  float f = 0;
  double d = 0;
  bool b = false;
};
HARK_FIELDS(Numbers, HARK_DEFAULT(i8), HARK_DEFAULT(u8), HARK_DEFAULT(i64), HARK_DEFAULT(u64), HARK_DEFAULT(f),
            HARK_DEFAULT(d), HARK_DEFAULT(b));

std::string problem(std::string_view text) { return hark::from_json<ErrorEvent>(text).problem; }
std::string numbers(std::string_view text) { return hark::from_json<Numbers>(text).problem; }

}  // namespace

TEST_CASE("a payload with all its fields is read") {
  const auto e = hark::from_json<ErrorEvent>(R"({"message":"m\u20ac","severity":"INFO","code":7})");
  REQUIRE(e);
  CHECK(e.value->message == "m\u20ac");
  CHECK(e.value->severity == "INFO");
  CHECK(e.value->code == 7);
}

TEST_CASE("a field with a default keeps it and an optional one stays empty when they are absent") {
  const auto e = hark::from_json<ErrorEvent>(R"({"message":"m"})");
  REQUIRE(e);
  CHECK(e.value->severity == "ERROR");
  CHECK_FALSE(e.value->code);
}

TEST_CASE("null is absent for an optional field and wrong for any other") {
  CHECK(hark::from_json<ErrorEvent>(R"({"message":"m","code":null})"));
  CHECK(problem(R"({"message":"m","severity":null})") == "field `severity`: expected text, found null");
}

TEST_CASE("unknown fields are passed over whatever they hold") {
  CHECK(hark::from_json<ErrorEvent>(R"({"x":{"message":3,"y":[{"severity":1}]},"message":"m","z":[1,[2]]})"));
}

TEST_CASE("a field of another kind is told with what was expected and found") {
  CHECK(problem(R"({"message":"m","severity":3})") == "field `severity`: expected text, found number");
  CHECK(problem(R"({"message":"m","severity":2.5})") == "field `severity`: expected text, found number");
  CHECK(problem(R"({"message":{}})") == "field `message`: expected text, found object");
  CHECK(problem(R"({"message":[]})") == "field `message`: expected text, found list");
  CHECK(problem(R"({"message":true})") == "field `message`: expected text, found boolean");
  CHECK(problem(R"({"message":"m","code":"7"})") == "field `code`: expected integer, found text");
  CHECK(numbers(R"({"b":1})") == "field `b`: expected boolean, found number");
  CHECK(numbers(R"({"d":"1"})") == "field `d`: expected number, found text");
}

TEST_CASE("a required field that is not there is told") {
  CHECK(problem("{}") == "field `message`: required, not there");
}

TEST_CASE("all that is wrong is told at once") {
  CHECK(problem(R"({"severity":1,"code":1.5})") ==
        "field `severity`: expected text, found number; field `code`: expected integer, found 1.5; "
        "field `message`: required, not there");
}

TEST_CASE("a field that is there twice is refused") {
  CHECK(problem(R"({"message":"a","message":"b"})") == "field `message`: there twice");
}

TEST_CASE("what is no object is told as what it is") {
  CHECK(problem("[]") == "expected an object, found list");
  CHECK(problem("\"x\"") == "expected an object, found text");
  CHECK(problem("3") == "expected an object, found number");
  CHECK(problem("null") == "expected an object, found null");
}

TEST_CASE("text that is not one whole JSON document is refused") {
  for (const char* text :
       {"", " ", "{", "{\"message\":\"m\"", "{\"message\":\"m\"} x", "{\"message\":\"m\"}{}", "{\"message\":\"m\",}",
        "{'message':'m'}", "{\"message\":tru}", "{\"message\":\"\xff\"}", "{\"message\":\"m\",\"code\":007}",
        "{\"message\":\"\\ud800\"}", "{\"message\":\"m\",\"x\":NaN}"}) {
    INFO(text);
    const auto e = hark::from_json<ErrorEvent>(text);
    CHECK_FALSE(e);
    CHECK(e.problem.find("not valid JSON, at byte ") != std::string::npos);
  }
}

TEST_CASE("a document nested a million deep is read without harm") {
  const std::string deep = R"({"message":"m","x":)" + std::string(1'000'000, '[') + std::string(1'000'000, ']') + "}";
  CHECK(hark::from_json<ErrorEvent>(deep));
  CHECK_FALSE(hark::from_json<ErrorEvent>(std::string(1'000'000, '[')));
  CHECK_FALSE(hark::from_json<ErrorEvent>(R"({"message":)" + std::string(1'000'000, '{')));
}

TEST_CASE("integers are held to the range of their field") {
  const auto n = hark::from_json<Numbers>(
      R"({"i8":-128,"u8":255,"i64":-9223372036854775808,"u64":18446744073709551615,"f":1.5,"d":-2e300,"b":true})");
  REQUIRE(n);
  CHECK(n.value->i8 == -128);
  CHECK(n.value->u8 == 255);
  CHECK(n.value->i64 == INT64_MIN);
  CHECK(n.value->u64 == UINT64_MAX);
  CHECK(n.value->f == 1.5f);
  CHECK(n.value->d == -2e300);
  CHECK(n.value->b);
  CHECK(numbers(R"({"i8":128})") == "field `i8`: 128 is out of range (-128 to 127)");
  CHECK(numbers(R"({"i8":-129})") == "field `i8`: -129 is out of range (-128 to 127)");
  CHECK(numbers(R"({"u8":-1})") == "field `u8`: -1 is out of range (0 to 255)");
  CHECK(numbers(R"({"u64":-1})") == "field `u64`: -1 is out of range (0 to 18446744073709551615)");
  CHECK(numbers(R"({"i64":9223372036854775808})") ==
        "field `i64`: 9223372036854775808 is out of range (-9223372036854775808 to 9223372036854775807)");
  CHECK(numbers(R"({"u64":18446744073709551616})") ==
        "field `u64`: 18446744073709551616 is out of range (0 to 18446744073709551615)");
}

TEST_CASE("a number without a fraction is an integer and one with is not") {
  CHECK(hark::from_json<Numbers>(R"({"i8":3.0,"u8":1e2})").value->u8 == 100);
  CHECK(numbers(R"({"i8":3.5})") == "field `i8`: expected integer, found 3.5");
  CHECK(numbers(R"({"i64":1e17})") ==
        "field `i64`: 1e17 is out of range (-9223372036854775808 to 9223372036854775807)");
}

TEST_CASE("a number that no double holds is refused") {
  CHECK(numbers(R"({"f":1e300})") == "field `f`: 1e300 is out of range");
  CHECK(numbers(R"({"d":1e999})").find("out of every range") != std::string::npos);
}

TEST_CASE("a struct is written with its fields in order and without absent optionals") {
  CHECK(*hark::to_json(ErrorEvent{"a\"b", "X", {}}).value == R"({"message":"a\"b","severity":"X"})");
  CHECK(*hark::to_json(ErrorEvent{"a", "X", -4}).value == R"({"message":"a","severity":"X","code":-4})");
  const auto back =
      hark::from_json<Numbers>(*hark::to_json(Numbers{-1, 2, INT64_MIN, UINT64_MAX, 0.5f, 0.1, true}).value);
  REQUIRE(back);
  CHECK(back.value->u64 == UINT64_MAX);
  CHECK(back.value->d == 0.1);
}

TEST_CASE("what has no JSON form is not written") {
  CHECK(hark::to_json(ErrorEvent{"\xff", "X", {}}).problem ==
        "field `message`: has no JSON form (not UTF-8, not a finite number, or a value without a word)");
  Numbers n;
  n.d = std::numeric_limits<double>::infinity();
  CHECK_FALSE(hark::to_json(n));
  n.d = std::numeric_limits<double>::quiet_NaN();
  CHECK_FALSE(hark::to_json(n));
}
