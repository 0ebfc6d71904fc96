// H-01: trade signal, clip(K1 + w K2, -2, 2); engine mode: K1 as it is.
// K2 NaN (no leader, not warm, or older than 5 leader_max_age) contributes 0, never NaN; K1 NaN
// stays.
#pragma once

#include "tickeng/kernel/kernel.hpp"

namespace tickeng {

class Signal {
 public:
  static constexpr ParamSpec kParams[] = {
      {.name = "lead_weight", .fallback = 0.5, .doc = "weight w of K2", .alias = "lead_weight"},
      {.name = "clip", .fallback = 2.0, .low = 0, .doc = "largest magnitude", .alias = "clip"},
      {.name = "leader_max_age",
       .fallback = 0,
       .low = 0,
       .high = 1e9,
       .unit = "s",
       .doc = "beyond 5 times this age K2 has no weight; 0: never",
       .alias = "leader_max_age"},
      kLeaderParam,
      kModeParam};
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "signal", .range = "[-2, 2]"}};
  static constexpr std::string_view kInputNames[] = {"k1", "k2"};
  static constexpr KernelSpec spec{.id = "H-01",
                                   .name = "signal",
                                   .aliases = "trade_signal",
                                   .summary = "direction and strength before size and gate",
                                   .formula = "spec clip(K1 + 0.5 K2, -2, 2); engine K1",
                                   .source = "S0 summary",
                                   .params = kParams,
                                   .outputs = kOutputSpecs,
                                   .inputs = kInputNames,
                                   .sees_undefined = true};

  explicit Signal(const Params& p)
      : weight_(p.real("lead_weight")), clip_(p.real("clip")),
        dead_age_s_(5.0 * p.real("leader_max_age")),
        engine_(p.choice<Mode>("mode") == Mode::kEngine) {}

  [[nodiscard]] Values<1> on(const TradeStep& t, const Values<2>& in) noexcept {
    const bool dead = dead_age_s_ > 0.0 && t.leader_age_s() > dead_age_s_;
    return {engine_ ? in[0] : signal(in[0], in[1], dead, weight_, clip_)};
  }
  [[nodiscard]] bool run(const TradeBlock& t, const Columns<2>& in,
                         const OutColumns<1>& out) noexcept {
    if (engine_ || dead_age_s_ > 0.0) return false;
    double* __restrict const y = out[0];
    for (std::size_t i = 0; i < t.size; ++i) {
      y[i] = signal(in[0][i], in[1][i], false, weight_, clip_);
    }
    return true;
  }
  [[nodiscard]] static std::uint64_t warmup(const Params&, std::size_t, WarmupInputs inputs) {
    return inputs[0];
  }
  void reset() noexcept {}
  template <class Visitor>
  void state(Visitor&) {}

 private:
  [[nodiscard]] static double signal(double k1, double k2, bool dead, double weight,
                                     double clip) noexcept {
    const double lead = weight * k2;
    const double sum = k1 + (k2 == k2 && !dead ? lead : 0.0);
    return sum > clip ? clip : (sum < -clip ? -clip : sum);
  }

  double weight_, clip_, dead_age_s_;
  bool engine_;
};

}  // namespace tickeng
