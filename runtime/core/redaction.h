// Takes known secrets out of texts that are about to be seen: log lines, error texts of dead letters and `hark.*`
// events. A plugin may put its options into any of them, without meaning harm.
//
// Filled while the host is set up, read by any thread afterwards. What a plugin encodes (base64, a URL) or writes to a
// descriptor itself gets past it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/secret.h"

namespace hark::core {

class Redaction {
 public:
  static constexpr std::size_t shortest = 6;  // bytes; less would stand in any text by chance

  void hide(const Secret& secret);
  bool empty() const { return hidden_.empty(); }

  // The text with "[secret:NAME]" where a secret stood, as it is or as a JSON string has it, and where the text breaks
  // off within one: error texts are cut at a fixed length.
  std::string apply(std::string_view text) const;

 private:
  struct Hidden {
    std::string text, shown;
  };
  void add(std::string text, const std::string& shown);

  std::vector<Hidden> hidden_;  // longest first: one may contain another
};

}  // namespace hark::core
