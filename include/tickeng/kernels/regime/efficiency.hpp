// E-27: fractal (Kaufman) efficiency over the last 5000 trades, N - 1 changes.
// signed = (x_end - x_start) / sum |dx|, unsigned = its magnitude; 0 when the path is 0.
#pragma once

#include <cmath>

#include "tickeng/kernel/kernel.hpp"
#include "tickeng/stat/ring.hpp"
#include "tickeng/stat/rolling_sum.hpp"

namespace tickeng {

class Efficiency {
 public:
  static constexpr ParamSpec kParams[] = {window_param("window", 5000, "trades in the window")};
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "efficiency_signed", .range = "[-1, 1]"},
                                                {.name = "efficiency_unsigned", .range = "[0, 1]"}};
  static constexpr KernelSpec spec{.id = "E-27",
                                   .name = "efficiency",
                                   .aliases = "kaufman_efficiency price_efficiency",
                                   .summary = "net move over path length, at every trade",
                                   .formula = "(x_n - x_{n-N+1}) / sum |dx|",
                                   .source = "S0 section 5; S1",
                                   .params = kParams,
                                   .outputs = kOutputSpecs};

  explicit Efficiency(std::size_t window) : prices_(window), path_(window - 1) {}
  explicit Efficiency(const Params& p) : Efficiency(p.size("window")) {}

  [[nodiscard]] Values<2> on(const TradeStep& t) noexcept {
    prices_.push(t.price);
    const double path = path_.push(std::fabs(t.log_return));  // NaN at the first trade
    if (!prices_.full()) return {kNaN, kNaN};
    const double net = log_ratio(t.price, prices_[prices_.capacity() - 1]);
    const double ratio = path > 0.0 ? net / path : 0.0;
    const double bounded = ratio > 1.0 ? 1.0 : (ratio < -1.0 ? -1.0 : ratio);
    return {bounded, std::fabs(bounded)};
  }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs) {
    return p.size("window") - 1;
  }
  void reset() noexcept {
    prices_.reset();
    path_.reset();
  }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(prices_);
    v.part(path_);
  }

 private:
  stat::Ring prices_;
  stat::RollingSum path_;
};

}  // namespace tickeng
