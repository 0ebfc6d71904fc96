// What the words of a column mean, decided once a file: sides (+1 the buyer took, -1 the seller
// took, 0 unknown) and kinds of events (1 a trade to keep, 0 another event).
// Blanks around a word do not count; a word that is a number matches by value: 0 = 0.0 = 0e0.
// The two words met last are compared first, byte by byte as they came.
// Trap: without `exact` letters match in any case, but only ASCII letters do.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace tickeng::io {

class WordRule {
 public:
  static constexpr std::int8_t kNoOther = -128;
  struct Word {
    std::string text;
    std::int8_t meaning;
  };

  WordRule() = default;
  /// `other`: the meaning of every other word, kNoOther if there is none.
  /// Throws std::invalid_argument when one word is given two meanings.
  WordRule(const std::vector<Word>& words, bool exact, std::int8_t other);

  /// False for a word that has no meaning.
  [[nodiscard]] bool parse(const char* begin, const char* end, std::int8_t& meaning) noexcept {
    const auto size = static_cast<std::size_t>(end - begin);
    if (size <= kShort) {
      const std::uint64_t bytes = packed(begin, size);
      for (const Seen& seen : seen_) {
        if (seen.bytes == bytes && seen.size == size) return (meaning = seen.meaning, true);
      }
    }
    return look_up({begin, size}, meaning);
  }

 private:
  static constexpr std::size_t kShort = 8, kNone = kShort + 1;
  struct Known {
    std::string text;
    double number;  // NaN where the word is none
    std::int8_t meaning;
  };
  struct Seen {
    std::uint64_t bytes = 0;
    std::size_t size = kNone;
    std::int8_t meaning = 0;
  };

  template <typename T>
  [[nodiscard]] static std::uint64_t load(const char* p) noexcept {
    T value;
    std::memcpy(&value, p, sizeof value);
    return value;
  }
  /// At most 8 bytes as a number: two loads that overlap, since what lies behind may not be read.
  [[nodiscard]] static std::uint64_t packed(const char* p, std::size_t size) noexcept {
    if (size >= 4) return load<std::uint32_t>(p) | load<std::uint32_t>(p + size - 4) << 32;
    if (size >= 2) return load<std::uint16_t>(p) | load<std::uint16_t>(p + size - 2) << 16;
    return size ? load<std::uint8_t>(p) : 0;
  }
  [[nodiscard]] bool look_up(std::string_view word, std::int8_t& meaning) noexcept;
  [[nodiscard]] const Known* find(std::string_view word) const noexcept;

  std::vector<Known> words_;
  Seen seen_[2];
  unsigned oldest_ = 0;
  bool exact_ = false;
  std::int8_t other_ = kNoOther;
};

}  // namespace tickeng::io
