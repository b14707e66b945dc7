#include "topic/event_json.h"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "core/cloudevents.h"
#include "core/text.h"
#include "topic/json_scan.h"

namespace hark::topic {

static_assert(json_padding >= simdjson::SIMDJSON_PADDING);

struct JsonParser {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::unique_ptr<char[]> copy;  // of data without padding
  std::size_t capacity = 0;      // of parser, its document and copy
};

namespace {

namespace dom = simdjson::dom;

// A parser needs about 15 bytes of memory for each byte of its largest document: a larger one is not kept.
constexpr std::size_t largest_kept = 1u << 20;
constexpr std::size_t smallest = 4096;

thread_local std::vector<std::unique_ptr<JsonParser>> idle;

JsonParser* borrow() {
  if (idle.empty()) return new JsonParser;
  JsonParser* p = idle.back().release();
  idle.pop_back();
  return p;
}

void give_back(JsonParser* p) {
  std::unique_ptr<JsonParser> owned(p);
  if (owned->capacity <= largest_kept) idle.push_back(std::move(owned));
}

// Room for a document, in powers of two so that slowly growing ones do not allocate each time.
bool reserve(JsonParser& p, std::size_t size) {
  if (size <= p.capacity) return true;
  const std::size_t capacity = std::bit_ceil(std::max(size, smallest));
  p.capacity = 0;
  p.copy.reset(new (std::nothrow) char[capacity + json_padding]);
  if (p.copy == nullptr || p.parser.allocate(capacity, json_depth) != simdjson::SUCCESS ||
      p.parser.doc.allocate(capacity) != simdjson::SUCCESS) {
    return false;
  }
  p.capacity = capacity;
  return true;
}

std::string_view explain(simdjson::error_code code) {
  switch (code) {
    case simdjson::EMPTY: return "empty";
    case simdjson::DEPTH_ERROR: return "nested deeper than 1000 levels";
    case simdjson::NUMBER_ERROR: return "a malformed number, or one that 64 bits cannot hold";
    case simdjson::STRING_ERROR: return "a malformed string (escape, control character or surrogate)";
    case simdjson::UNESCAPED_CHARS: return "a control character inside a string";
    case simdjson::UNCLOSED_STRING: return "a string without end";
    case simdjson::UTF8_ERROR: return "invalid UTF-8";
    case simdjson::T_ATOM_ERROR:
    case simdjson::F_ATOM_ERROR:
    case simdjson::N_ATOM_ERROR: return "a word that is none of true, false, null";
    case simdjson::CAPACITY:
    case simdjson::MEMALLOC: return "no memory to read it";
    default: return "not one whole JSON document";
  }
}

FieldValue value_of(const dom::element& e) {
  FieldValue v;
  switch (e.type()) {
    case dom::element_type::ARRAY: v.kind = FieldValue::Kind::array; break;
    case dom::element_type::OBJECT: v.kind = FieldValue::Kind::object; break;
    case dom::element_type::INT64:
      v.kind = FieldValue::Kind::integer;
      v.integer = e.get_int64().value_unsafe();
      break;
    case dom::element_type::UINT64:
      v.kind = FieldValue::Kind::unsigned_integer;
      v.unsigned_integer = e.get_uint64().value_unsafe();
      break;
    case dom::element_type::DOUBLE:
      v.kind = FieldValue::Kind::real;
      v.real = e.get_double().value_unsafe();
      break;
    case dom::element_type::STRING:
      v.kind = FieldValue::Kind::text;
      v.text = e.get_string().value_unsafe();
      break;
    case dom::element_type::BOOL:
      v.kind = FieldValue::Kind::boolean;
      v.boolean = e.get_bool().value_unsafe();
      break;
    case dom::element_type::NULL_VALUE: v.kind = FieldValue::Kind::null; break;
  }
  return v;
}

std::optional<std::size_t> array_index(std::string_view token) {
  if (token.empty() || token.size() > 9 || (token.size() > 1 && token[0] == '0')) return std::nullopt;
  std::size_t index = 0;
  for (const char c : token) {
    if (c < '0' || c > '9') return std::nullopt;
    index = index * 10 + static_cast<std::size_t>(c - '0');
  }
  return index;
}

bool step(dom::element& at, std::string_view token) {
  if (at.is_object()) return at.get_object().value_unsafe().at_key(token).get(at) == simdjson::SUCCESS;
  if (!at.is_array()) return false;
  const auto index = array_index(token);
  return index && at.get_array().value_unsafe().at(*index).get(at) == simdjson::SUCCESS;
}

}  // namespace

void EventJson::end() { give_back(parser_); }

bool EventJson::claims_to_be_json() const { return data_.data() != nullptr && core::is_json(content_type_); }

void EventJson::read() {
  if (!claims_to_be_json()) {
    state_ = State::no_document;
    return;
  }
  parser_ = borrow();
  simdjson::error_code code = simdjson::MEMALLOC;
  if (reserve(*parser_, data_.size())) {
    const char* text = data_.data();
    if (padding_ == Padding::none && !data_.empty()) {
      std::memcpy(parser_->copy.get(), data_.data(), data_.size());
      text = parser_->copy.get();
    }
    code = data_.empty() ? simdjson::EMPTY : parser_->parser.parse(text, data_.size(), false).get(parser_->root);
  }
  state_ = code == simdjson::SUCCESS ? State::read : State::invalid;
  if (code != simdjson::SUCCESS) error_ = explain(code);
}

bool EventJson::valid() {
  if (state_ == State::unread) read();
  return state_ != State::invalid;
}

std::string_view EventJson::error() { return valid() ? std::string_view{} : error_; }

FieldValue EventJson::at(std::span<const std::string> path) {
  const FieldValue* const found = may_scan_ != 0 && state_ == State::unread ? scan(path) : nullptr;
  return found != nullptr ? *found : parsed(path);
}

// Many conditions on one event: together they look at each byte once at most, for then a parser is as fast.
const FieldValue* EventJson::scan(std::span<const std::string> path) {
  if (found_ && std::ranges::equal(path, scanned_)) return &*found_;
  if (!claims_to_be_json()) return nullptr;
  const Scanned scanned = scan_valid_json(data_, path);
  may_scan_ -= std::min(may_scan_, scanned.bytes);
  scanned_ = path;
  found_ = scanned.value;
  return found_ ? &*found_ : nullptr;
}

FieldValue EventJson::parsed(std::span<const std::string> path) {
  if (!valid() || state_ != State::read) return {};
  dom::element here = parser_->root;
  for (const std::string& token : path) {
    if (!step(here, token)) return {};
  }
  return value_of(here);
}

}  // namespace hark::topic
