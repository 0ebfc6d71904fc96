// What a replay tells of its ticks, gathered from output columns in bounded memory.
//
// Alpha counts where the gate is open: in a histogram of equal bins over [-range, range], with the
// exact extremes. The range is that of the chain's alpha by default, and doubles, two bins becoming
// one, when a value lies outside (`clip` is a setting); beyond kRangeMax the outermost bins take
// it. Of sizes there are few, so each is counted; from kSizesMax on a new one counts as the nearest
// known. NaN, where nothing has been decided yet, is no size.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "tickeng/base/time.hpp"

namespace tickeng {

/// Columns of accepted ticks; all but ts_ns may be null.
struct TickColumns {
  const TimeNs* ts_ns = nullptr;
  const double* alpha = nullptr;
  const double* size = nullptr;
  const std::uint8_t* gate = nullptr;
  const std::uint8_t* reason = nullptr;
  std::size_t rows = 0;
};

class TickSummary {
 public:
  static constexpr std::size_t kBins = 4000;
  static constexpr double kRangeMax = 1e9;
  static constexpr std::size_t kSizesMax = 32;

  void add(const TickColumns& ticks);

  std::uint64_t ticks = 0, open_ticks = 0;
  TimeNs first_ns = std::numeric_limits<TimeNs>::max();  ///< the least and the greatest time
  TimeNs last_ns = std::numeric_limits<TimeNs>::min();
  std::array<std::uint64_t, 8> shut_by{};  ///< ticks with each bit of `reason`
  std::vector<std::pair<double, std::uint64_t>> sizes;
  std::vector<std::uint64_t> alpha_bins = std::vector<std::uint64_t>(kBins);
  double range = 2.0;  ///< of alpha_bins
  double least_alpha = std::numeric_limits<double>::infinity();
  double greatest_alpha = -std::numeric_limits<double>::infinity();

 private:
  void widen();
  void add_alpha(const double* alpha, const std::uint8_t* gate, std::size_t n);
  void add_sizes(const double* size, std::size_t n);
};

}  // namespace tickeng
