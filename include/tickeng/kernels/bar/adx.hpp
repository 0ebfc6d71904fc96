// E-13: average directional index, directional indicators and average true range (Wilder 1978).
//   TR = max(h - l, |h - c'|, |l - c'|); +DM = h - h' where that is above l' - l and 0, else 0
//   ATR = W(TR), +DI = 100 W(+DM)/ATR, DX = 100 |+DI - -DI| / (+DI + -DI + 1e-8), ADX = W(DX)
// W is Wilder's smoothing over n values; primes are the bar before. DI is 0 where ATR is.
// Trap: the first bar has no true range, so ATR and DI come with bar n and ADX with bar 2n - 1.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "tickeng/kernel/kernel.hpp"
#include "tickeng/stat/wilder.hpp"

namespace tickeng {

class Adx {
 public:
  static constexpr ParamSpec kParams[] = {{.name = "window",
                                           .kind = ParamKind::kInteger,
                                           .fallback = 14.0,
                                           .low = 1,
                                           .high = 1 << 16,
                                           .unit = "bars",
                                           .doc = "length of every smoothing"}};
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "adx", .unit = "%", .range = "[0, 100]"},
      {.name = "plus_di", .unit = "%", .range = "[0, 100]"},
      {.name = "minus_di", .unit = "%", .range = "[0, 100]"},
      {.name = "atr", .unit = "price", .range = ">=0"}};
  static constexpr KernelSpec spec{.id = "E-13",
                                   .name = "adx",
                                   .aliases = "average_directional_index",
                                   .summary = "average directional index, +DI, -DI and ATR",
                                   .formula = "W(100 |+DI - -DI|/(+DI + -DI)), DI = 100 W(DM)/ATR",
                                   .source = "S3 4.1, 6.3, 6.5",
                                   .params = kParams,
                                   .outputs = kOutputSpecs,
                                   .memory = Memory::kSerial};

  explicit Adx(const Params& p)
      : range_(p.size("window")), plus_(p.size("window")), minus_(p.size("window")),
        index_(p.size("window")) {}

  [[nodiscard]] Values<4> on(const BarStep& b) noexcept {
    if (b.close != b.close) return {kNaN, kNaN, kNaN, kNaN};
    const double up = b.high - high_, down = low_ - b.low;
    high_ = b.high;
    low_ = b.low;
    if (b.previous != b.previous || up != up) return {kNaN, kNaN, kNaN, kNaN};
    const double gap = std::max(std::fabs(b.high - b.previous), std::fabs(b.low - b.previous));
    const double atr = range_.push(std::max(b.high - b.low, gap));
    const double plus = plus_.push(up > down && up > 0.0 ? up : 0.0);
    const double minus = minus_.push(down > up && down > 0.0 ? down : 0.0);
    if (atr != atr) return {kNaN, kNaN, kNaN, kNaN};
    const double plus_di = indicator(plus, atr), minus_di = indicator(minus, atr);
    const double dx = 100.0 * std::fabs(plus_di - minus_di) / (plus_di + minus_di + 1e-8);
    return {index_.push(dx), plus_di, minus_di, atr};
  }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t output, WarmupInputs) {
    return output == 0 ? 2 * p.size("window") - 1 : p.size("window");
  }
  void reset() noexcept {
    range_.reset();
    plus_.reset();
    minus_.reset();
    index_.reset();
    high_ = low_ = kNaN;
  }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(range_);
    v.part(plus_);
    v.part(minus_);
    v.part(index_);
    v.number("high", high_);
    v.number("low", low_);
  }

 private:
  /// Never above 100: a directional move is part of the true range, but both are rounded.
  [[nodiscard]] static double indicator(double move, double atr) noexcept {
    return atr > 0.0 ? std::min(100.0 * (move / atr), 100.0) : 0.0;
  }

  stat::Wilder range_, plus_, minus_, index_;
  double high_ = kNaN, low_ = kNaN;
};

}  // namespace tickeng
