// Base64 text (RFC 4648, section 4) to bytes.
#pragma once

#include <string>
#include <string_view>

namespace hark::input {

// Replaces `out`. False: not base64 (another alphabet, white space, missing padding); `out` is then unspecified.
[[nodiscard]] bool decode_base64(std::string_view text, std::string& out);

}  // namespace hark::input
