// A forward scanner over one JSON text: enough to read the members of a flat object in place.
// Values are returned as the bytes they occupy (strings without their quotes). Nesting is followed
// by a counter, not by recursion, so that depth from outside cannot exhaust the stack.
// Trap: escapes are passed over, not decoded: a key or value with a backslash never equals a name.
#pragma once

#include <string_view>

namespace tickeng::io {

class JsonScan {
 public:
  explicit JsonScan(std::string_view text) noexcept
      : p_(text.data()), end_(text.data() + text.size()) {}

  /// Steps into the object at the cursor.
  [[nodiscard]] bool enter() noexcept;
  /// The key of the next member, whose value is at the cursor then; false at the end of the object
  /// or at damage: see closed().
  [[nodiscard]] bool next_key(std::string_view& key) noexcept;
  /// The value at the cursor.
  [[nodiscard]] bool value(std::string_view& out) noexcept;
  /// The next member; false as next_key().
  [[nodiscard]] bool next(std::string_view& key, std::string_view& value) noexcept {
    return next_key(key) && this->value(value);
  }
  /// Whether the value at the cursor is an object: a copy of this scan that enters it reads it.
  [[nodiscard]] bool at_object() const noexcept { return p_ != end_ && *p_ == '{'; }
  /// Goes on behind what a copy of this scan has read.
  void go_on_behind(const JsonScan& copy) noexcept { p_ = copy.p_; }
  /// True once the object's closing brace was read.
  [[nodiscard]] bool closed() const noexcept { return closed_; }
  /// True when nothing but blanks is left.
  [[nodiscard]] bool at_end() noexcept;

 private:
  void blanks() noexcept;
  [[nodiscard]] bool string(std::string_view& out) noexcept;
  [[nodiscard]] bool nested(std::string_view& out) noexcept;

  const char* p_;
  const char* end_;
  bool first_ = true;
  bool closed_ = false;
};

}  // namespace tickeng::io
