// What a kernel on a derived clock sees: a bar, once it is complete. A timer's rows are bars with
// nothing in them but their time. Spec: E-01..E-05, conventions 9.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tickeng/base/time.hpp"
#include "tickeng/kernel/spec.hpp"

namespace tickeng {

struct BarStep {
  std::uint64_t index = 0;  ///< 0-based number of the bar since its builder began
  TimeNs ts_ns = 0;         ///< its end
  double open = kNaN, high = kNaN, low = kNaN, close = kNaN;
  double volume = 0.0;         ///< sum of quantities
  double signed_volume = 0.0;  ///< sum of side times quantity
  double vwap = kNaN;          ///< NaN without volume
  double trades = 0.0;         ///< that have a part in it; 0: an empty bar, which carries the close
  double bricks = 0.0;         ///< of a run of Renko bricks: how many, below 0 downwards
  double previous = kNaN;      ///< close of the bar before; NaN at the first

  /// Return from close to close.
  [[nodiscard]] double change() const noexcept { return (close - previous) / previous; }
};

/// The outputs of a builder of bars; a builder has as many of them as it says.
inline constexpr std::array<OutputSpec, 9> kBarOutputs = {
    {{.name = "open", .unit = "price", .range = "> 0"},
     {.name = "high", .unit = "price", .range = "> 0"},
     {.name = "low", .unit = "price", .range = "> 0"},
     {.name = "close", .unit = "price", .range = "> 0"},
     {.name = "volume", .unit = "qty", .range = ">= 0"},
     {.name = "signed_volume", .unit = "qty", .range = "[-volume, volume]"},
     {.name = "vwap", .unit = "price", .range = "[low, high]"},
     {.name = "trades", .range = ">= 0"},
     {.name = "bricks", .range = "!= 0"}}};

[[nodiscard]] inline std::array<double, 9> bar_values(const BarStep& b) noexcept {
  return {b.open, b.high, b.low, b.close, b.volume, b.signed_volume, b.vwap, b.trades, b.bricks};
}

}  // namespace tickeng
