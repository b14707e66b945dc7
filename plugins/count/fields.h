// Reads the fields that events are counted by.
#pragma once

#include <hark/plugin.h>

#include <string>
#include <string_view>
#include <vector>

#include "input/json_fields.h"

namespace hark::count {

// Thread: one at a time, as the lane calls. Data is parsed only when a field of it is asked for.
class Fields {
 public:
  static constexpr std::size_t longest_text = 256;  // bytes of one value; what is longer is cut and ends in "..."

  // Names as in a `where`: an attribute ("type", "source", an extension), or "data.a.b". Throws hark::Reject that says
  // what is wrong with one.
  explicit Fields(const std::vector<std::string>& names);

  const std::vector<std::string>& names() const { return names_; }

  // Appends the JSON text of each value in the order of the names, each followed by `end`: numbers, texts and booleans
  // as they are, null for what is not there, a list or a table as the text of its JSON.
  void append(std::string& out, const hark_event& event);

  static constexpr char end = '\n';  // no JSON text without white space holds one

 private:
  struct Field {
    std::string_view attribute;          // empty: of the data
    std::vector<std::string_view> path;  // into the data
  };
  void read_data(const hark_event& event);

  const std::vector<std::string> names_;
  std::vector<Field> fields_;  // views into names_
  bool wants_data_ = false;
  input::JsonFields data_;
};

}  // namespace hark::count
