// E-24: Hurst exponent by variance scaling, continuous over the last 5000 trades.
// H = slope of ln std(x_n - x_{n-l}) on ln l, l in {5, 10, 20}; population std of the N - l
// differences with both ends in the window; clipped to [0, 1]; 0.5 when any std is 0 but for
// rounding. No factor 2.
// Trap: bid-ask bounce biases it down.
#pragma once

#include <cmath>

#include "tickeng/kernel/kernel.hpp"
#include "tickeng/kernels/parts/structure_function.hpp"
#include "tickeng/stat/rolling_moments.hpp"
#include "tickeng/stat/rolling_sum.hpp"

namespace tickeng {

class Hurst {
 public:
  static constexpr ParamSpec kParams[] = {window_param("window", 5000, "trades in the window", 32)};
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "hurst_continuous", .range = "[0, 1]"}};
  static constexpr KernelSpec spec{
      .id = "E-24",
      .name = "hurst",
      .aliases = "hurst_exponent",
      .summary = "Hurst exponent by variance scaling, at every trade",
      .formula = "slope of ln std(x_n - x_{n-l}) on ln l, l = 5, 10, 20",
      .source = "S0 section 5, corrected",
      .params = kParams,
      .outputs = kOutputSpecs,
      .state_version = 2,
      .oldest_state = 1};

  explicit Hurst(std::size_t window)
      : window_(window), path_(window - 1),
        moments_{stat::RollingMoments<>(window - parts::kLags[0]),
                 stat::RollingMoments<>(window - parts::kLags[1]),
                 stat::RollingMoments<>(window - parts::kLags[2])} {}
  explicit Hurst(const Params& p) : Hurst(p.size("window")) {}

  [[nodiscard]] double value(const TradeStep& t) noexcept {
    std::array<double, 3> d{};
    double path = 0.0;
    if (t.index > 0) {
      d = differences_.push(t.log_return);
      path = path_.push(std::fabs(t.log_return));
    }
    std::array<double, 3> variance{};
    for (std::size_t i = 0; i < 3; ++i) {
      const bool there = differences_.count() >= parts::kLags[i];
      variance[i] = moments_[i].push(there ? d[i] : kNaN).variance;
    }
    return differences_.count() + 1 < window_
               ? kNaN
               : parts::scaling_exponent(variance, path, window_ - 1);
  }
  [[nodiscard]] Values<1> on(const TradeStep& t) noexcept { return {value(t)}; }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs) {
    return p.size("window") - 1;
  }
  void reset() noexcept {
    differences_.reset();
    path_.reset();
    for (auto& m : moments_) m.reset();
  }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(differences_);
    for (auto& m : moments_) v.part(m);
    if (v.whole()) v.part(path_);
  }

 private:
  std::size_t window_;
  parts::LaggedDifferences differences_;
  stat::RollingSum path_;  // of the returns in the window
  std::array<stat::RollingMoments<>, 3> moments_;
};

}  // namespace tickeng
