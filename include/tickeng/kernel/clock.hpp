// Clocks: what makes a node move. Spec: conventions 9.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tickeng {

/// Those that events of a feed give, which at one instant come in this order. Behind them a
/// pipeline has one for each of its builders.
enum class Clock : std::uint8_t { kTrade = 0, kQuote = 1, kBook = 2, kBar = 3, kOwn = 4 };

inline constexpr std::array<std::string_view, 5> kClockNames = {"trade", "quote", "book", "bar",
                                                                "own"};
/// How many clocks events of a feed give, and how many a pipeline may have in all.
inline constexpr std::size_t kClocks = kClockNames.size(), kMaxClocks = 64;

[[nodiscard]] constexpr std::size_t index_of(Clock clock) noexcept {
  return static_cast<std::size_t>(clock);
}
/// Whether it is a builder's.
[[nodiscard]] constexpr bool is_derived(Clock clock) noexcept { return index_of(clock) >= kClocks; }

/// Which clocks a node moves on.
class ClockSet {
 public:
  constexpr ClockSet() = default;
  constexpr ClockSet(Clock clock) : bits_(std::uint64_t{1} << static_cast<unsigned>(clock)) {}

  [[nodiscard]] constexpr bool has(Clock clock) const noexcept {
    return (bits_ >> static_cast<unsigned>(clock) & 1) != 0;
  }
  /// Whether one of them is a builder's.
  [[nodiscard]] constexpr bool has_derived() const noexcept { return bits_ >> kClocks != 0; }
  [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
  constexpr ClockSet& operator|=(ClockSet other) noexcept {
    bits_ |= other.bits_;
    return *this;
  }
  friend constexpr bool operator==(ClockSet, ClockSet) = default;

 private:
  std::uint64_t bits_ = 0;
};

}  // namespace tickeng
