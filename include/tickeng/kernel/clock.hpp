// Clocks: what makes a node move. Spec: conventions 9.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tickeng {

/// Those that events of a feed give. At one instant they come in this order.
enum class Clock : std::uint8_t { kTrade = 0, kQuote = 1 };

inline constexpr std::array<std::string_view, 2> kClockNames = {"trade", "quote"};
inline constexpr std::size_t kClocks = kClockNames.size();

/// Which clocks a node moves on.
class ClockSet {
 public:
  constexpr ClockSet() = default;
  constexpr ClockSet(Clock clock) : bits_(std::uint64_t{1} << static_cast<unsigned>(clock)) {}

  [[nodiscard]] constexpr bool has(Clock clock) const noexcept {
    return (bits_ >> static_cast<unsigned>(clock) & 1) != 0;
  }
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
