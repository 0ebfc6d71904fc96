// The same as OwnStep for a run of consecutive fills of one symbol. Row i holds the bits that step
// i would hold.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tickeng/kernel/own_step.hpp"

namespace tickeng {

struct OwnBlock {
  static constexpr std::size_t kMax = 256;
  using Column = std::array<double, kMax>;

  std::size_t size = 0;
  std::uint64_t index = 0;  ///< of row 0
  const TimeNs* ts_ns = nullptr;
  const Fill* fills = nullptr;
  Column dt_s;

  [[nodiscard]] OwnStep operator[](std::size_t i) const noexcept {
    return {index + i, ts_ns[i], fills[i].price, fills[i].qty, static_cast<double>(fills[i].side),
            dt_s[i]};
  }
};

}  // namespace tickeng
