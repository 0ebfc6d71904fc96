// B-09: exponentially weighted mean, a weight an event.
//   m_n = sum w_k x_{n-k} / sum w_k,  w_k = (1 - alpha)^k
//   alpha = 2/(span + 1) = 1 - 2^(-1/halflife)
// Strict: from one time constant on, 1/alpha values. It never forgets: a long run is one pass.
#pragma once

#include <cmath>

#include "tickeng/base/error.hpp"
#include "tickeng/kernels/parts/over_window.hpp"
#include "tickeng/stat/ewm.hpp"

namespace tickeng {

class Ema {
 public:
  static constexpr ParamSpec kParams[] = {
      {.name = "span", .low = 0.0, .unit = "rows", .doc = "alpha = 2/(span + 1); 0: not given"},
      {.name = "halflife", .low = 0.0, .unit = "rows", .doc = "half the weight; 0: not given"},
      {.name = "alpha", .low = 0.0, .high = 1.0, .doc = "weight of the newest; 0: not given"},
      kWarmupParam};
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "ema", .unit = "of x", .range = "in the data"}};
  static constexpr KernelSpec spec{.id = "B-09",
                                   .name = "ema",
                                   .aliases = "ewma",
                                   .summary = "exponentially weighted mean",
                                   .formula = "sum (1 - alpha)^k x_{n-k} / sum (1 - alpha)^k",
                                   .source = "S2 live-vol EMA; S3 EWMA",
                                   .params = kParams,
                                   .outputs = kOutputSpecs,
                                   .inputs = parts::kOneInput,
                                   .reads_any = true,
                                   .memory = Memory::kSerial};

  static void check(const Params& p) {
    const int given = (p.real("span") > 0.0 ? 1 : 0) + (p.real("halflife") > 0.0 ? 1 : 0) +
                      (p.real("alpha") > 0.0 ? 1 : 0);
    if (given != 1) throw ConfigError("ema takes exactly one of span, halflife and alpha");
    if (p.real("span") > 0.0 && p.real("span") < 1.0) {
      throw ConfigError("ema.span is at least 1");
    }
    if (!(alpha(p) > 0.0)) throw ConfigError("ema would never take in a value: its weight is 0");
  }
  explicit Ema(const Params& p)
      : mean_(alpha(p), true), first_(p.choice<Warmup>("warmup") == Warmup::kStrict ? wait(p) : 0) {
  }

  [[nodiscard]] Values<1> on(const Values<1>& in) noexcept {
    const double mean = mean_.push(in[0]);
    return {mean_.count() > first_ ? mean : kNaN};
  }
  [[nodiscard]] bool run(const InputRows& rows, const Columns<1>& in,
                         const OutColumns<1>& out) noexcept {
    if (mean_.count() < first_) return false;
    mean_.run(in[0], rows.size, out[0]);
    return true;
  }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs inputs) {
    return inputs[0] + (p.choice<Warmup>("warmup") == Warmup::kStrict ? wait(p) : 0);
  }
  void reset() noexcept { mean_.reset(); }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(mean_);
  }

 private:
  [[nodiscard]] static double alpha(const Params& p) {
    if (p.real("span") > 0.0) return 2.0 / (p.real("span") + 1.0);
    if (p.real("halflife") > 0.0) return -std::expm1(-std::log(2.0) / p.real("halflife"));
    return p.real("alpha");
  }
  /// Values before the first answer.
  [[nodiscard]] static std::uint64_t wait(const Params& p) {
    return static_cast<std::uint64_t>(std::fmin(std::ceil(1.0 / alpha(p)), 0x1p62)) - 1;
  }

  stat::Ewm mean_;
  std::uint64_t first_;
};

}  // namespace tickeng
