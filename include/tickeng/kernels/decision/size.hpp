// I-01: size scalar from toxicity: 1, 0.5 for K3 > 1, 0.2 for K3 > 2; NaN gives 0.
//   smooth: 1 / (1 + max(0, K3 - 1)).
// Trap: on pure noise K3 > 1 holds 18 % of the time (a 1024-mean in 10000 has ten free samples).
#pragma once

#include "tickeng/kernel/kernel.hpp"

namespace tickeng {

class Size {
 public:
  static constexpr ParamSpec kParams[] = {
      {.name = "half_above", .fallback = 1.0, .doc = "K3 above which size is 0.5"},
      {.name = "fifth_above", .fallback = 2.0, .doc = "K3 above which size is 0.2"},
      {.name = "smooth",
       .kind = ParamKind::kBool,
       .fallback = 0,
       .low = 0,
       .high = 1,
       .doc = "1/(1 + max(0, K3 - half_above)) instead of steps",
       .alias = "smooth_size"}};
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "size", .range = "[0, 1]"}};
  static constexpr std::string_view kInputNames[] = {"k3"};
  static constexpr KernelSpec spec{.id = "I-01",
                                   .name = "size",
                                   .aliases = "size_scalar",
                                   .summary = "how much of the full size toxicity allows",
                                   .formula = "1 | 0.5 if K3 > 1 | 0.2 if K3 > 2 | 0 if NaN",
                                   .source = "S0 summary and engine",
                                   .params = kParams,
                                   .outputs = kOutputSpecs,
                                   .inputs = kInputNames,
                                   .sees_undefined = true};

  explicit Size(const Params& p)
      : half_above_(p.real("half_above")), fifth_above_(p.real("fifth_above")),
        smooth_(p.flag("smooth")) {}

  [[nodiscard]] Values<1> on(const TradeStep&, const Values<1>& in) noexcept {
    const double k3 = in[0];
    if (k3 != k3) return {0.0};
    if (smooth_) return {k3 > half_above_ ? 1.0 / (1.0 + (k3 - half_above_)) : 1.0};
    return {k3 > fifth_above_ ? 0.2 : (k3 > half_above_ ? 0.5 : 1.0)};
  }
  [[nodiscard]] static std::uint64_t warmup(const Params&, std::size_t, WarmupInputs inputs) {
    return inputs[0];
  }
  void reset() noexcept {}
  template <class Visitor>
  void state(Visitor&) {}

 private:
  double half_above_, fifth_above_;
  bool smooth_;
};

}  // namespace tickeng
