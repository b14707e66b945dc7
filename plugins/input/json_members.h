// Where a member's value stands in the text of an object that has been validated.
#pragma once

#include <cstddef>
#include <string_view>

namespace hark::input {

// The text of the value of the member at `position` (0 = the first one), as it stood: a DOM keeps neither the spelling
// of numbers (1.0, 1e0, thirty digits) nor that of strings, and knows no source positions.
//
// `object` must be one whole JSON object that a parser has accepted, with more than `position` members; that is what
// makes a scan for quotes and brackets sound.
std::string_view member_text(std::string_view object, std::size_t position);

// Without the white space of JSON at both ends.
std::string_view trim(std::string_view text);

}  // namespace hark::input
