// C-07: per-trade impact, an Amihud-type ratio (not a regression slope).
//   spec   |r| / (q + 0.01 V_norm)        engine  |r| / (q + 1)
// Zero quantity is legal; 0 where the denominator is 0.
#pragma once

#include <cmath>
#include <optional>

#include "tickeng/kernels/volume/v_norm.hpp"

namespace tickeng {

class Impact {
 public:
  static constexpr ParamSpec kParams[] = {
      window_param("norm_window", 10000, "trades in the volume normaliser (spec mode)", 1),
      kModeParam, kWarmupParam};
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "impact", .unit = "1/base", .range = ">=0"}};
  static constexpr KernelSpec spec{.id = "C-07",
                                   .name = "impact",
                                   .aliases = "lambda kyle_lambda_s0",
                                   .summary = "price move per unit traded",
                                   .formula = "spec |r|/(q + 0.01 v_norm); engine |r|/(q + 1)",
                                   .source = "S0 section 4",
                                   .params = kParams,
                                   .outputs = kOutputSpecs};

  Impact(std::size_t norm_window, Mode mode, Warmup warmup) {
    if (mode == Mode::kSpec) norm_.emplace(norm_window, 0.9, warmup);
  }
  explicit Impact(const Params& p)
      : Impact(p.size("norm_window"), p.choice<Mode>("mode"), p.choice<Warmup>("warmup")) {}

  /// NaN at the first trade and, in spec mode, until the normaliser is warm.
  [[nodiscard]] double value(const TradeStep& t) noexcept {
    const double cushion = norm_ ? 0.01 * norm_->value(t) : 1.0;
    const double scale = t.qty + cushion;
    return scale == 0.0 && t.index > 0 ? 0.0 : std::fabs(t.log_return) / scale;
  }
  [[nodiscard]] bool full() const noexcept { return !norm_ || norm_->full(); }
  /// Precondition: full(), and t does not hold the first trade.
  void run(const TradeBlock& t, double* __restrict y) noexcept {
    TradeBlock::Column norm;
    if (norm_) norm_->run(t.qty, t.size, norm.data());
    const bool spec_mode = norm_.has_value();
    for (std::size_t i = 0; i < t.size; ++i) {
      const double scale = t.qty[i] + (spec_mode ? 0.01 * norm[i] : 1.0);
      const double impact = std::fabs(t.log_return[i]) / scale;
      y[i] = scale == 0.0 ? 0.0 : impact;
    }
  }
  [[nodiscard]] Values<1> on(const TradeStep& t) noexcept { return {value(t)}; }
  [[nodiscard]] bool run(const TradeBlock& t, const Columns<0>&,
                         const OutColumns<1>& out) noexcept {
    const bool ready = full() && t.index > 0;
    if (ready) run(t, out[0]);
    return ready;
  }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs) {
    const bool waits =
        p.choice<Mode>("mode") == Mode::kSpec && p.choice<Warmup>("warmup") == Warmup::kStrict;
    return waits && p.size("norm_window") > 2 ? p.size("norm_window") - 1 : 1;
  }
  void reset() noexcept {
    if (norm_) norm_->reset();
  }
  template <class Visitor>
  void state(Visitor& v) {
    if (norm_) v.part(*norm_);
  }

 private:
  std::optional<VNorm> norm_;
};

}  // namespace tickeng
