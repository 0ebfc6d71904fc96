// C-13: Amihud illiquidity, the mean of |return| over value traded, of the last 50 trades.
//   A = mean_{k<W} |r| / (p q + floor), r = ln(p/p_prev), value and floor in quote currency
// floor = 1 as in the source; 0 is the ratio of the literature. Then a trade of no value has no
// ratio: NaN there, and the window keeps its last W ratios, however far back they lie.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "tickeng/kernel/kernel.hpp"
#include "tickeng/kernels/parts/finite.hpp"
#include "tickeng/kernels/parts/windows.hpp"

namespace tickeng {

class Amihud {
 public:
  static constexpr ParamSpec kParams[] = {
      window_param("window", 50, "trades in the mean", 1),
      {.name = "floor",
       .fallback = 1.0,
       .low = 0.0,
       .unit = "quote",
       .doc = "added to the value of each trade; 0: the plain ratio, where there is any value"},
      kWarmupParam};
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "amihud", .unit = "1/quote", .range = ">=0"}};
  static constexpr KernelSpec spec{.id = "C-13",
                                   .name = "amihud",
                                   .aliases = "amihud_illiquidity",
                                   .summary = "mean price move per value traded",
                                   .formula = "mean |r|/(p q + floor)",
                                   .source = "S1 volume analytics; S4 AmihudRatio",
                                   .params = kParams,
                                   .outputs = kOutputSpecs};

  explicit Amihud(const Params& p)
      : mean_(p.size("window"), p.choice<Warmup>("warmup")), floor_(p.real("floor")) {}

  [[nodiscard]] Values<1> on(const TradeStep& t) noexcept {
    const double x = ratio(t.log_return, t.price, t.qty);
    return {x == x ? parts::finite(mean_.push(x)) : kNaN};
  }
  [[nodiscard]] bool run(const TradeBlock& t, const Columns<0>&,
                         const OutColumns<1>& out) noexcept {
    if (!mean_.full() || t.index == 0) return false;
    TradeBlock::Column x;
    std::size_t undefined = 0;
    for (std::size_t i = 0; i < t.size; ++i) {
      x[i] = ratio(t.log_return[i], t.price[i], t.qty[i]);
      undefined += x[i] == x[i] ? 0 : 1;
    }
    if (undefined > 0) return false;
    double* const y = out[0];
    mean_.run(x.data(), t.size, y);
    for (std::size_t i = 0; i < t.size; ++i) y[i] = parts::finite(y[i]);
    return true;
  }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs) {
    return p.choice<Warmup>("warmup") == Warmup::kStrict ? p.size("window") : 1;
  }
  /// Trades that are not pushed do not count, and may be many.
  [[nodiscard]] static bool is_serial(const Params& p) { return p.real("floor") == 0.0; }
  void reset() noexcept { mean_.reset(); }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(mean_);
  }

 private:
  /// NaN at the first trade and where there is nothing to divide by. Beyond 1e308 value is
  /// infinite, and the ratio 0.
  [[nodiscard]] double ratio(double log_return, double price, double qty) const noexcept {
    return parts::finite(std::fabs(log_return) / (price * qty + floor_));
  }

  parts::MeanWindow mean_;
  double floor_;
};

}  // namespace tickeng
