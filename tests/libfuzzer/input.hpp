// One input of a fuzz target: lines in front choose how the rest is read.
// What is handed to a parser is copied first, so that a read past its end leaves the allocation.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size)
      : left_(reinterpret_cast<const char*>(data), size) {}

  /// Up to the next newline, or all that is left.
  std::string_view line() {
    const std::size_t size = std::min(left_.find('\n'), left_.size());
    const std::string_view front = left_.substr(0, size);
    left_.remove_prefix(std::min(size + 1, left_.size()));
    return front;
  }
  [[nodiscard]] std::string_view rest() const { return left_; }

 private:
  std::string_view left_;
};

/// Bytes in an allocation of exactly their size.
class Copy {
 public:
  explicit Copy(std::string_view text) : bytes_(new char[text.size()]), size_(text.size()) {
    std::copy(text.begin(), text.end(), bytes_.get());
  }
  [[nodiscard]] const char* begin() const { return bytes_.get(); }
  [[nodiscard]] const char* end() const { return bytes_.get() + size_; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};

/// The character at `i`, or `none` where the text is shorter.
inline char at(std::string_view text, std::size_t i, char none) {
  return i < text.size() ? text[i] : none;
}

/// A wrong answer ends the program as a wrong access does.
inline void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "WRONG: %s\n", what);
  std::abort();
}
