#include "config/contract.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace hark::config {
namespace {

std::string number_text(double n) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), n).ptr;
  return {text.data(), end};
}

// That null would do as well is not what is the matter.
std::string wanted(const EventShape& heard) { return describe(without_null(heard)); }

std::string with_range(const EventShape& shape) {
  std::string text = describe(shape);
  if (shape.minimum) text += " from " + number_text(*shape.minimum);
  if (shape.maximum) text += (shape.minimum ? " to " : " up to ") + number_text(*shape.maximum);
  return text;
}

class Comparison {
 public:
  void compare(const EventShape& published, const EventShape& heard, const std::string& path) {
    if (!published.is_known() || !heard.is_known()) return;
    if (!fits(published.kinds, heard.kinds)) return say(path, wanted(heard), "publishes it as " + describe(published));
    compare_words(published, heard, path);
    compare_range(published, heard, path);
    if (!published.elements.empty() && !heard.elements.empty())
      compare(published.elements[0], heard.elements[0], path + "[]");
    compare_fields(published, heard, path);
  }

  std::vector<Mismatch> mismatches;

 private:
  static bool fits(std::uint8_t published, std::uint8_t heard) {
    if ((heard & EventShape::number) != 0) heard |= EventShape::integer;
    return (published & ~heard) == 0;
  }

  void compare_words(const EventShape& published, const EventShape& heard, const std::string& path) {
    if (!heard.words || (published.kinds & EventShape::text) == 0) return;
    if (!published.words) return say(path, wanted(heard), "publishes it as " + describe(published));
    std::string unknown;
    for (const std::string& word : *published.words) {
      if (std::ranges::find(*heard.words, word) == heard.words->end())
        unknown += (unknown.empty() ? "`" : ", `") + word + "`";
    }
    if (!unknown.empty()) say(path, wanted(heard), "may publish it as " + unknown);
  }

  void compare_range(const EventShape& published, const EventShape& heard, const std::string& path) {
    if ((published.kinds & (EventShape::integer | EventShape::number)) == 0) return;
    const bool below = heard.minimum && (!published.minimum || *published.minimum < *heard.minimum);
    const bool above = heard.maximum && (!published.maximum || *published.maximum > *heard.maximum);
    if (below || above) say(path, with_range(without_null(heard)), "publishes it as " + with_range(published));
  }

  void compare_fields(const EventShape& published, const EventShape& heard, const std::string& path) {
    if (published.fields.empty() && published.others.empty()) return;
    const auto at = [&](const std::string& name) { return path.empty() ? name : path + "." + name; };
    for (const EventField& field : heard.fields) {
      const auto given = std::ranges::find(published.fields, field.name, &EventField::name);
      const bool is_named = given != published.fields.end();
      if (is_named) {
        compare_given(*given, field.shape, at(field.name));
      } else if (!published.others.empty()) {
        compare(published.others[0], field.shape, at(field.name));
      }
      if (field.required && !(is_named && given->required)) {
        const bool never = !is_named && published.others.empty();
        say(at(field.name), describe(field.shape) + ", required",
            never ? "never publishes it" : "does not always publish it");
      }
    }
    if (heard.others.empty()) return;
    for (const EventField& given : published.fields) {
      if (std::ranges::find(heard.fields, given.name, &EventField::name) == heard.fields.end())
        compare_given(given, heard.others[0], at(given.name));
    }
    if (!published.others.empty()) compare(published.others[0], heard.others[0], at("*"));
  }

  // A field that may be absent is left out, not published as null: so do the SDK's own.
  void compare_given(const EventField& given, const EventShape& heard, const std::string& path) {
    compare(given.required ? given.shape : without_null(given.shape), heard, path);
  }

  void say(const std::string& path, std::string heard, std::string but) {
    mismatches.push_back({path, std::move(heard), std::move(but)});
  }
};

}  // namespace

std::vector<Mismatch> compare(const EventShape& published, const EventShape& heard) {
  Comparison comparison;
  comparison.compare(published, heard, "");
  return std::move(comparison.mismatches);
}

}  // namespace hark::config
