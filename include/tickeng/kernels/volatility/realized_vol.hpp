// F-02: realised volatility, the standard deviation of the last n log returns of bars.
//   sigma = sqrt(mean (r - mean r)^2), r = ln(close/previous close); annual = sigma sqrt(P)
// Population's (ddof 0). P is the number of bars in a year: 365 for daily bars of a market that
// never closes, 252 for one with business days, 525,600 for bars of a minute.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "tickeng/kernel/kernel.hpp"
#include "tickeng/kernels/volatility/bar_return.hpp"
#include "tickeng/stat/rolling_moments.hpp"

namespace tickeng {

class RealizedVol {
 public:
  static constexpr ParamSpec kParams[] = {{.name = "window",
                                           .kind = ParamKind::kInteger,
                                           .fallback = 20.0,
                                           .low = 2,
                                           .high = 1 << 24,
                                           .unit = "bars",
                                           .doc = "returns that count"},
                                          kPeriodsParam};
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "realized_vol", .unit = "1/bar^0.5", .range = ">=0"},
      {.name = "realized_vol_annual", .unit = "1/year^0.5", .range = ">=0"}};
  static constexpr KernelSpec spec{.id = "F-02",
                                   .name = "realized_vol",
                                   .aliases = "realised_vol",
                                   .summary = "standard deviation of the last returns of bars",
                                   .formula = "std of ln(c/c_prev), n bars; times sqrt(periods)",
                                   .source = "S1; S3 4.1, 5.1",
                                   .params = kParams,
                                   .outputs = kOutputSpecs};

  explicit RealizedVol(const Params& p)
      : moments_(p.size("window")), root_(std::sqrt(p.real("periods_per_year"))) {}

  [[nodiscard]] Values<2> on(const BarStep& b) noexcept {
    const double r = bar_return(b);
    if (r != r) return {kNaN, kNaN};
    const double sigma = std::sqrt(moments_.push(r).variance);
    if (!moments_.full()) return {kNaN, kNaN};
    return {sigma, sigma * root_};
  }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs) {
    return p.size("window");
  }
  void reset() noexcept { moments_.reset(); }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(moments_);
  }

 private:
  stat::RollingMoments<1> moments_;
  double root_;
};

}  // namespace tickeng
