// The same as BookStep for a run of consecutive books of one symbol. Row i holds the bits that step
// i would hold; the levels stay where the caller has them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tickeng/kernel/book_step.hpp"

namespace tickeng {

struct BookBlock {
  static constexpr std::size_t kMax = 256;
  using Column = std::array<double, kMax>;

  std::size_t size = 0;
  std::uint64_t index = 0;  ///< of row 0
  const TimeNs* ts_ns = nullptr;
  TimeNs lapse_ns = kNoTime;  ///< since when there was no market before row 0; kNoTime: there was
  const Book* books = nullptr;
  Column dt_s;

  [[nodiscard]] BookStep operator[](std::size_t i) const noexcept {
    return {index + i, ts_ns[i], books[i].bids, books[i].asks, dt_s[i]};
  }
};

}  // namespace tickeng
