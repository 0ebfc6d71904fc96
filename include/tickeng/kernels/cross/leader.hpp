// A-17: the leader as of each trade: its last price that was available, and that price's age.
// The engine keeps the as-of register; a leader tick with the trade's own timestamp is not yet seen
// in replay, while on_leader obeys call order.
#pragma once

#include "tickeng/kernel/kernel.hpp"

namespace tickeng {

struct Leader {
  static constexpr ParamSpec kParams[] = {kLeaderParam};
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "leader_price", .unit = "quote", .range = ">0"},
      {.name = "leader_age_s", .unit = "s", .range = "R"}};
  static constexpr KernelSpec spec{
      .id = "A-17",
      .name = "leader",
      .aliases = "leader_alignment",
      .summary = "price of another instrument as of each trade, and its age",
      .formula = "P_L(t) = last leader price available at t",
      .source = "S0 section 2",
      .params = kParams,
      .outputs = kOutputSpecs};

  explicit Leader(const Params&) {}

  [[nodiscard]] Values<2> on(const TradeStep& t) noexcept {
    return {t.leader_price, t.leader_age_s()};
  }
  [[nodiscard]] static std::uint64_t warmup(const Params&, std::size_t, WarmupInputs) { return 0; }
  void reset() noexcept {}
  template <class Visitor>
  void state(Visitor&) {}
};

}  // namespace tickeng
