#include "topic/filter_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <hark/json_text.hpp>

namespace hark::topic {
namespace {

using Op = FilterTest::Op;

std::string quoted(const std::string& text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

template <class Number>
std::string number_text(Number value) {
  std::array<char, 32> text;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

struct ValueText {
  std::string operator()(const std::string& s) const { return quoted(s); }
  std::string operator()(std::int64_t i) const { return number_text(i); }
  std::string operator()(double d) const { return number_text(d); }
  std::string operator()(bool b) const { return b ? "true" : "false"; }
};

std::string values_text(const std::vector<FilterValue>& values) {
  std::string text;
  for (const FilterValue& v : values) text += (text.empty() ? "" : ", ") + std::visit(ValueText(), v);
  return values.size() == 1 ? text : "[" + text + "]";
}

// A member's name may be any text; one that does not look like a name would be read as more than it is.
std::string path_text(const std::string& path) {
  const bool plain = std::ranges::all_of(path, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-' || static_cast<unsigned char>(c) >= 0x80;
  });
  return plain ? path : quoted(path);
}

std::string compared(const std::string& path, const char* how, const FilterTest& test) {
  const std::string text = path + how + values_text(test.values);
  return test.negated ? "not (" + text + ")" : text;
}

}  // namespace

std::string to_text(const std::string& path, const FilterTest& test) {
  std::string field = path_text(path);
  const bool one = test.values.size() == 1;
  switch (test.op) {
    case Op::equals:
      return field + (one ? (test.negated ? " != " : " = ") : (test.negated ? " not in " : " in ")) +
             values_text(test.values);
    case Op::prefix:
      return field + (test.negated ? " does not start with " : " starts with ") + (one ? "" : "any of ") +
             values_text(test.values);
    case Op::gt: return compared(field, " > ", test);
    case Op::gte: return compared(field, " >= ", test);
    case Op::lt: return compared(field, " < ", test);
    case Op::lte: return compared(field, " <= ", test);
    case Op::exists:
      return field + (one && test.values.front() == FilterValue(!test.negated) ? " exists" : " is missing");
  }
  return field;
}

std::vector<std::string> to_texts(const FilterSpec& spec) {
  std::vector<std::string> texts;
  for (const FilterField& field : spec.fields) {
    for (const FilterTest& test : field.tests) texts.push_back(to_text(field.path, test));
  }
  return texts;
}

}  // namespace hark::topic
