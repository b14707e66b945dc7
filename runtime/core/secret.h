// A text that nobody may see but the plugin that it is for.
//
// It does not compare, print or format: whoever needs the text says reveal(), and can be found by that word.
#pragma once

#include <string>
#include <utility>

namespace hark::core {

class Secret {
 public:
  // reference: how the config names it, "secret:db_password". That may be shown.
  Secret(std::string reference, std::string text) : reference_(std::move(reference)), text_(std::move(text)) {}

  const std::string& reference() const { return reference_; }
  const std::string& reveal() const { return text_; }

 private:
  std::string reference_, text_;
};

}  // namespace hark::core
