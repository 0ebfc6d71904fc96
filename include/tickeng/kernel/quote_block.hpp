// The same as QuoteStep for a run of consecutive quotes of one symbol, as columns. Row i holds the
// bits that step i would hold.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tickeng/kernel/quote_step.hpp"

namespace tickeng {

struct QuoteBlock {
  static constexpr std::size_t kMax = 256;
  using Column = std::array<double, kMax>;

  std::size_t size = 0;
  std::uint64_t index = 0;  ///< of row 0
  const TimeNs* ts_ns = nullptr;
  TimeNs lapse_ns = kNoTime;  ///< since when there was no market before row 0; kNoTime: there was
  const double* bid = nullptr;
  const double* bid_qty = nullptr;
  const double* ask = nullptr;
  const double* ask_qty = nullptr;
  Column dt_s;

  [[nodiscard]] QuoteStep operator[](std::size_t i) const noexcept {
    return {index + i, ts_ns[i], bid[i], bid_qty[i], ask[i], ask_qty[i], dt_s[i]};
  }
};

}  // namespace tickeng
