// The JSON scanner's few moves.
#include "tickeng/io/json_scan.hpp"

#include <cstddef>

namespace tickeng::io {
namespace {

std::string_view between(const char* begin, const char* end) noexcept {
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

void JsonScan::blanks() noexcept {
  while (p_ != end_ && (*p_ == ' ' || *p_ == '\t')) ++p_;
}

bool JsonScan::at_end() noexcept {
  blanks();
  return p_ == end_;
}

bool JsonScan::enter() noexcept {
  blanks();
  if (p_ == end_ || *p_ != '{') return false;
  ++p_;
  first_ = true;
  closed_ = false;
  return true;
}

bool JsonScan::string(std::string_view& out) noexcept {
  const char* const begin = ++p_;
  for (; p_ != end_; ++p_) {
    if (static_cast<unsigned char>(*p_) < 0x20) return false;
    if (*p_ == '"') {
      out = between(begin, p_++);
      return true;
    }
    if (*p_ == '\\' && ++p_ == end_) return false;
  }
  return false;
}

bool JsonScan::nested(std::string_view& out) noexcept {
  const char* const begin = p_;
  std::string_view ignored;
  for (std::size_t depth = 0; p_ != end_;) {
    if (*p_ == '"') {
      if (!string(ignored)) return false;
      continue;
    }
    if (*p_ == '{' || *p_ == '[') ++depth;
    const bool closes = *p_ == '}' || *p_ == ']';
    ++p_;
    if (closes && --depth == 0) {
      out = between(begin, p_);
      return true;
    }
  }
  return false;
}

bool JsonScan::value(std::string_view& out) noexcept {
  blanks();
  if (p_ == end_) return false;
  if (*p_ == '"') return string(out);
  if (*p_ == '{' || *p_ == '[') return nested(out);
  const char* const begin = p_;
  while (p_ != end_ && *p_ != ',' && *p_ != '}' && *p_ != ' ' && *p_ != '"') ++p_;
  out = between(begin, p_);
  return !out.empty();
}

bool JsonScan::next_key(std::string_view& key) noexcept {
  blanks();
  if (p_ == end_ || closed_) return false;
  if (*p_ == '}') {
    ++p_;
    closed_ = true;
    return false;
  }
  if (!first_) {
    if (*p_++ != ',') return false;
    blanks();
  }
  first_ = false;
  if (p_ == end_ || *p_ != '"' || !string(key)) return false;
  blanks();
  if (p_ == end_ || *p_++ != ':') return false;
  blanks();
  return true;
}

}  // namespace tickeng::io
