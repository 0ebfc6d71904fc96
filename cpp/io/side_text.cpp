// Side words, compared in lower case.
#include "tickeng/io/side_text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace tickeng::io {
namespace {

struct Word {
  std::string_view text;
  std::int8_t side;
};

constexpr Word kSides[] = {{"buy", 1},   {"sell", -1},   {"1", 1},       {"-1", -1},   {"+1", 1},
                           {"b", 1},     {"s", -1},      {"1.0", 1},     {"-1.0", -1}, {"+1.0", 1},
                           {"buyer", 1}, {"seller", -1}, {"0", 0},       {"0.0", 0},   {"", 0},
                           {"any", 0},   {"n", 0},       {"unknown", 0}, {"none", 0},  {"null", 0},
                           {"nan", 0},   {"-", 0},       {"u", 0}};
constexpr Word kMakers[] = {{"true", -1}, {"false", 1}, {"1", -1}, {"0", 1}, {"t", -1}, {"f", 1}};
constexpr std::string_view kAmbiguous[] = {"bid", "ask", "a", "offer", "true", "false"};

// The text without blanks around it, in lower case; longer words than any known become "?".
class Lowered {
 public:
  Lowered(const char* begin, const char* end) noexcept {
    while (begin != end && *begin == ' ') ++begin;
    while (begin != end && end[-1] == ' ') --end;
    if (end - begin > static_cast<std::ptrdiff_t>(buffer_.size())) {
      begin = "?";
      end = begin + 1;
    }
    for (; begin != end; ++begin) {
      const char c = *begin;
      buffer_[size_++] = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    }
  }
  [[nodiscard]] std::string_view view() const noexcept { return {buffer_.data(), size_}; }

 private:
  std::array<char, 8> buffer_{};
  std::size_t size_ = 0;
};

// The four words that fill most files, in lower or title case, without the search below.
bool equals(const char* begin, const char* end, std::string_view lower) noexcept {
  const std::string_view text{begin, static_cast<std::size_t>(end - begin)};
  return text.size() == lower.size() && (text[0] | 0x20) == lower[0] &&
         text.substr(1) == lower.substr(1);
}

template <std::size_t N>
bool find(const Word (&words)[N], std::string_view text, std::int8_t& side) noexcept {
  const auto* const found = std::ranges::find(words, text, &Word::text);
  if (found == std::end(words)) return false;
  side = found->side;
  return true;
}

}  // namespace

bool parse_side(const char* begin, const char* end, std::int8_t& side, Hint& hint) noexcept {
  if (equals(begin, end, "buy")) return (side = 1, true);
  if (equals(begin, end, "sell")) return (side = -1, true);
  const Lowered text(begin, end);
  if (find(kSides, text.view(), side)) return true;
  if (std::ranges::find(kAmbiguous, text.view()) != std::end(kAmbiguous)) {
    hint = Hint::kAmbiguousSide;
  }
  return false;
}

bool parse_maker(const char* begin, const char* end, std::int8_t& side) noexcept {
  if (equals(begin, end, "true")) return (side = -1, true);
  if (equals(begin, end, "false")) return (side = 1, true);
  return find(kMakers, Lowered(begin, end).view(), side);
}

}  // namespace tickeng::io
