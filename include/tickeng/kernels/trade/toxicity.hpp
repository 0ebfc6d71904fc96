// C-04: flow toxicity of a trade, |v| |s - s_prev|: 0 on the same side, 2|v| on a flip.
// carry (default): s_prev is the last known side, an unknown trade gives 0 and flips nothing, and 0
// while no side is known. Without carry the formula is literal: after an unknown side a half flip.
#pragma once

#include <cmath>

#include "tickeng/kernel/kernel.hpp"

namespace tickeng {

class Toxicity {
 public:
  static constexpr ParamSpec kParams[] = {
      {.name = "carry", .kind = ParamKind::kBool, .fallback = 1, .low = 0, .high = 1,
       .doc = "compare with the last known side", .alias = "carry_side"}};
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "toxicity", .unit = "base", .range = ">=0"}};
  static constexpr KernelSpec spec{
      .id = "C-04", .name = "toxicity", .aliases = "flow_toxicity",
      .summary = "volume that trades against the previous side", .formula = "|v| |s - s_prev|",
      .source = "S0 section 3", .params = kParams, .outputs = kOutputSpecs,
      .memory = Memory::kCarry};

  explicit Toxicity(bool carry) : carry_(carry) {}
  explicit Toxicity(const Params& p) : Toxicity(p.flag("carry")) {}

  [[nodiscard]] double value(const TradeStep& t) noexcept {
    const double before = side_;
    if (!carry_ || t.side != 0.0) side_ = t.side;
    if (t.index == 0) return kNaN;
    if (carry_ && (t.side == 0.0 || before == 0.0)) return 0.0;
    return std::fabs(t.signed_qty) * std::fabs(t.side - before);
  }
  [[nodiscard]] Values<1> on(const TradeStep& t) noexcept { return {value(t)}; }
  [[nodiscard]] static std::uint64_t warmup(const Params&, std::size_t, WarmupInputs) { return 1; }
  void reset() noexcept { side_ = 0.0; }
  template <class Visitor>
  void state(Visitor& v) {
    v.number("side", side_);
  }

 private:
  bool carry_;
  double side_ = 0.0;
};

}  // namespace tickeng
