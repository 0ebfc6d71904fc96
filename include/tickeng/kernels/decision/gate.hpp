// I-02 and I-03: the liquidity and health gate, and why it is shut.
//   open iff ready and K4 > -1.0 (engine mode: K4 >= -1.5) and the feed is up and nothing is halted
//   and, with leader_required, K2 is warm and the leader fresh.
// reason: 1 not warm, 2 K4, 4 leader, 8 feed, 16 halted. Comparisons fail on NaN: closed when
// unsure.
#pragma once

#include "tickeng/kernel/kernel.hpp"

namespace tickeng {

class Gate {
 public:
  static constexpr ParamSpec kParams[] = {
      {.name = "min_k4", .fallback = -1.0, .doc = "spec mode: open above", .alias = "min_k4"},
      {.name = "engine_min_k4", .fallback = -1.5, .doc = "engine mode: open from"},
      {.name = "leader_required",
       .kind = ParamKind::kBool,
       .low = 0,
       .high = 1,
       .doc = "shut while K2 is not warm or its leader is stale",
       .alias = "leader_required"},
      {.name = "leader_max_age",
       .fallback = 0,
       .low = 0,
       .high = 1e9,
       .unit = "s",
       .doc = "age beyond which the leader is stale; 0: never",
       .alias = "leader_max_age"},
      kLeaderParam,
      kModeParam};
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "gate", .range = "{0, 1}", .type = OutputType::kFlag},
      {.name = "reason",
       .range = "bits 1 2 4 8 16",
       .type = OutputType::kFlag,
       .initial = kShutNotWarm}};
  static constexpr std::string_view kInputNames[] = {"k4", "ready", "k2"};
  static constexpr KernelSpec spec{.id = "I-02",
                                   .name = "gate",
                                   .aliases = "liquidity_gate",
                                   .summary = "whether trading is allowed, and why not",
                                   .formula = "ready and K4 > -1.0 and healthy",
                                   .source = "S0 summary and engine; S2",
                                   .params = kParams,
                                   .outputs = kOutputSpecs,
                                   .inputs = kInputNames,
                                   .sees_undefined = true};

  explicit Gate(const Params& p)
      : engine_(p.choice<Mode>("mode") == Mode::kEngine),
        floor_(engine_ ? p.real("engine_min_k4") : p.real("min_k4")),
        leader_required_(p.flag("leader_required")), max_age_s_(p.real("leader_max_age")) {}

  [[nodiscard]] Values<2> on(const TradeStep& t, const Values<3>& in) noexcept {
    const auto [k4, ready, k2] = in;
    const bool unled = leader_required_ && !(k2 == k2 && !stale(t));
    return decide(k4, ready, unled, from_outside(t.flags), engine_, floor_);
  }
  [[nodiscard]] bool run(const TradeBlock& t, const Columns<3>& in,
                         const OutColumns<2>& out) noexcept {
    if (leader_required_ && max_age_s_ > 0.0) return false;
    const double* const k2 = in[2];
    double* __restrict const gate = out[0], * __restrict const reason = out[1];
    for (std::size_t i = 0; i < t.size; ++i) {
      const Values<2> y = decide(in[0][i], in[1][i], leader_required_ && k2[i] != k2[i],
                                 from_outside(t.flags), engine_, floor_);
      gate[i] = y[0];
      reason[i] = y[1];
    }
    return true;
  }
  [[nodiscard]] static std::uint64_t warmup(const Params&, std::size_t output,
                                            WarmupInputs inputs) {
    return output == 0 ? inputs[1] : 0;
  }
  void reset() noexcept {}
  template <class Visitor>
  void state(Visitor&) {}

 private:
  [[nodiscard]] bool stale(const TradeStep& t) const noexcept {
    return max_age_s_ > 0.0 && t.leader_age_s() > max_age_s_;
  }
  [[nodiscard]] static int from_outside(std::uint32_t flags) noexcept {
    return ((flags & kFeedDown) != 0 ? kShutFeed : 0) | ((flags & kHalted) != 0 ? kShutHalted : 0);
  }
  /// Written without branches: a block of these is one vector loop.
  [[nodiscard]] static Values<2> decide(double k4, double ready, bool unled, int outside,
                                        bool engine, double floor) noexcept {
    const bool liquid = (k4 > floor) | (engine & (k4 == floor));
    const int reason = (ready > 0.0 ? 0 : kShutNotWarm) |
                       (((k4 == k4) & !liquid) ? kShutLiquidity : 0) | (unled ? kShutLeader : 0) |
                       outside;
    return {((reason == 0) & liquid) ? 1.0 : 0.0, static_cast<double>(reason)};
  }

  bool engine_;
  double floor_;
  bool leader_required_;
  double max_age_s_;
};

}  // namespace tickeng
