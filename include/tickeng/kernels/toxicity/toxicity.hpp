// C-04: flow toxicity of a trade, |v| |s - s_prev|: 0 on the same side, 2|v| on a flip.
// carry (default): s_prev is the last known side, an unknown trade gives 0 and flips nothing, and 0
// while no side is known. Without carry the formula is literal: after an unknown side a half flip.
#pragma once

#include <cmath>

#include "tickeng/kernel/kernel.hpp"

namespace tickeng {

class Toxicity {
 public:
  static constexpr ParamSpec kParams[] = {{.name = "carry",
                                           .kind = ParamKind::kBool,
                                           .fallback = 1,
                                           .low = 0,
                                           .high = 1,
                                           .doc = "compare with the last known side",
                                           .alias = "carry_side"}};
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "toxicity", .unit = "base", .range = ">=0"}};
  static constexpr KernelSpec spec{.id = "C-04",
                                   .name = "toxicity",
                                   .aliases = "flow_toxicity",
                                   .summary = "volume that trades against the previous side",
                                   .formula = "|v| |s - s_prev|",
                                   .source = "S0 section 3",
                                   .params = kParams,
                                   .outputs = kOutputSpecs,
                                   .memory = Memory::kAnchored};

  explicit Toxicity(bool carry) : carry_(carry) {}
  explicit Toxicity(const Params& p) : Toxicity(p.flag("carry")) {}

  [[nodiscard]] double value(const TradeStep& t) noexcept {
    const double before = side_;
    if (!carry_ || t.side != 0.0) side_ = t.side;
    return t.index == 0 ? kNaN : toxicity(t.signed_qty, t.side, before, carry_);
  }
  /// Precondition: t does not hold the first trade.
  void run(const TradeBlock& t, double* __restrict y) noexcept {
    TradeBlock::Column before;
    const bool carry = carry_;
    std::size_t unknown = 0;
    before[0] = side_;
    for (std::size_t i = 1; i < t.size; ++i) {
      before[i] = t.side[i - 1];
      unknown += before[i] == 0.0 ? 1 : 0;
    }
    for (std::size_t i = 1; carry && unknown > 0 && i < t.size; ++i) {
      if (before[i] == 0.0) before[i] = before[i - 1];
    }
    const std::size_t last = t.size - 1;
    side_ = !carry || t.side[last] != 0.0 ? t.side[last] : before[last];
    for (std::size_t i = 0; i < t.size; ++i) {
      y[i] = toxicity(t.signed_qty[i], t.side[i], before[i], carry);
    }
  }
  [[nodiscard]] Values<1> on(const TradeStep& t) noexcept { return {value(t)}; }
  [[nodiscard]] bool run(const TradeBlock& t, const Columns<0>&,
                         const OutColumns<1>& out) noexcept {
    if (t.index > 0) run(t, out[0]);
    return t.index > 0;
  }
  [[nodiscard]] static std::uint64_t warmup(const Params&, std::size_t, WarmupInputs) { return 1; }
  /// The side before is that of the row before; one that is carried, that of a row that has one.
  [[nodiscard]] static bool anchors(const Params& p, const Trade& trade, const Trade&) noexcept {
    return trade.side != 0 || !p.flag("carry");
  }
  void reset() noexcept { side_ = 0.0; }
  template <class Visitor>
  void state(Visitor& v) {
    v.number("side", side_);
  }

 private:
  [[nodiscard]] static double toxicity(double v, double side, double before, bool carry) noexcept {
    const bool unknown = carry && (side == 0.0 || before == 0.0);
    const double flow = std::fabs(v) * std::fabs(side - before);
    return unknown ? 0.0 : flow;
  }

  bool carry_;
  double side_ = 0.0;
};

}  // namespace tickeng
