// F-03: volatility from exponentially weighted squared returns of bars, annualised and clipped.
//   sigma^2 = sum w_k r_{n-k}^2 / sum w_k, w_k = decay^k;  annual = sigma sqrt(P), in [floor,
//   ceiling]
// The mean is not removed. num and den are carried, num <- decay num + r^2, den <- decay den + 1,
// so that the weights sum to 1 at any length; all terms are positive and nothing cancels. Trap: the
// usual sigma^2 <- decay sigma^2 + (1 - decay) r^2 is another value until its start fades.
#pragma once

#include <cmath>
#include <cstdint>

#include "tickeng/base/error.hpp"
#include "tickeng/kernel/kernel.hpp"
#include "tickeng/kernels/volatility/bar_return.hpp"

namespace tickeng {

class EwmaVol {
 public:
  static constexpr ParamSpec kParams[] = {
      {.name = "decay",
       .fallback = 0.94,
       .low = 0.0,
       .high = 0.999999,
       .doc = "weight of a return in terms of the next one's"},
      {.name = "min_count",
       .kind = ParamKind::kInteger,
       .fallback = 10.0,
       .low = 1,
       .high = 1 << 24,
       .unit = "bars",
       .doc = "returns before the first value"},
      kPeriodsParam,
      {.name = "floor", .fallback = 0.05, .low = 0.0, .doc = "least value of ewma_vol"},
      {.name = "ceiling", .fallback = 3.0, .low = 0.0, .doc = "greatest value of ewma_vol"}};
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "ewma_vol", .unit = "1/year^0.5", .range = "[floor, ceiling]"},
      {.name = "ewma_vol_unclipped", .unit = "1/year^0.5", .range = ">=0"}};
  static constexpr KernelSpec spec{
      .id = "F-03",
      .name = "ewma_vol",
      .aliases = "",
      .summary = "volatility from exponentially weighted returns of bars",
      .formula = "sqrt(P sum decay^k r_{n-k}^2 / sum decay^k), clipped",
      .source = "S3 6.2",
      .params = kParams,
      .outputs = kOutputSpecs,
      .memory = Memory::kSerial};

  static void check(const Params& p) {
    if (p.real("floor") <= p.real("ceiling")) return;
    throw ConfigError("ewma_vol.floor is at most ewma_vol.ceiling");
  }
  explicit EwmaVol(const Params& p)
      : decay_(p.real("decay")), root_(std::sqrt(p.real("periods_per_year"))),
        floor_(p.real("floor")), ceiling_(p.real("ceiling")), least_(p.size("min_count")) {}

  [[nodiscard]] Values<2> on(const BarStep& b) noexcept {
    const double r = bar_return(b);
    if (r != r) return {kNaN, kNaN};
    squares_ = decay_ * squares_ + r * r;
    weights_ = decay_ * weights_ + 1.0;
    if (++count_ < least_) return {kNaN, kNaN};
    const double sigma = std::sqrt(squares_ / weights_) * root_;
    return {sigma < floor_ ? floor_ : (sigma > ceiling_ ? ceiling_ : sigma), sigma};
  }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs) {
    return p.size("min_count");
  }
  void reset() noexcept {
    squares_ = weights_ = 0.0;
    count_ = 0;
  }
  template <class Visitor>
  void state(Visitor& v) {
    v.number("squares", squares_);
    v.number("weights", weights_);
    v.number("count", count_);
  }

 private:
  double decay_, root_, floor_, ceiling_;
  std::uint64_t least_;
  double squares_ = 0.0, weights_ = 0.0;
  std::uint64_t count_ = 0;
};

}  // namespace tickeng
