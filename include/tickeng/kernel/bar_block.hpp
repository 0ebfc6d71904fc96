// The same as BarStep for consecutive bars of one builder, as columns. Row i holds the bits that
// step i would hold.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tickeng/kernel/bar_step.hpp"

namespace tickeng {

struct BarBlock {
  static constexpr std::size_t kMax = 256;

  std::size_t size = 0;
  std::uint64_t index = 0;  ///< of row 0
  const TimeNs* ts_ns = nullptr;
  const double *open = nullptr, *high = nullptr, *low = nullptr, *close = nullptr;
  const double *volume = nullptr, *signed_volume = nullptr, *vwap = nullptr;
  const double *trades = nullptr, *bricks = nullptr, *previous = nullptr;

  [[nodiscard]] BarStep operator[](std::size_t i) const noexcept {
    return {index + i, ts_ns[i],         open[i], high[i],   low[i],    close[i],
            volume[i], signed_volume[i], vwap[i], trades[i], bricks[i], previous[i]};
  }
};

}  // namespace tickeng
