// the aggressor's side, inferred from prices.
//   tick       sign of the last change of price; without carry 0 where the price stands
//   quote      sign(p - m), m the last mid strictly before the trade; 0 at the mid
//   lee_ready  the same, and at the mid the tick test
// While there is no market the tick test decides. 0 before the first change; the first trade has no
// side. Source: S1; Lee and Ready 1991.
// Trap: it reads quotes. Of trades alone, trade_side(trade.price) is the tick test.
#pragma once

#include "tickeng/kernel/kernel.hpp"

namespace tickeng {

class TradeSide {
 public:
  enum class Rule : int { kTick = 0, kQuote = 1, kLeeReady = 2 };

  static constexpr ParamSpec kParams[] = {{.name = "rule",
                                           .kind = ParamKind::kChoice,
                                           .fallback = 2,
                                           .low = 0,
                                           .high = 2,
                                           .choices = "tick|quote|lee_ready",
                                           .doc = "what decides"},
                                          {.name = "carry",
                                           .kind = ParamKind::kBool,
                                           .fallback = 1,
                                           .low = 0,
                                           .high = 1,
                                           .doc = "tick test: an unchanged price keeps the side"}};
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "trade_side", .range = "{-1, 0, 1}"}};
  static constexpr std::string_view kInputNames[] = {"mid"};
  static constexpr KernelSpec spec{.id = "A-15",
                                   .name = "trade_side",
                                   .aliases = "lee_ready",
                                   .summary = "side of a trade inferred from quotes and ticks",
                                   .formula = "sign(p - m); at the mid the last change's sign",
                                   .source = "S1 tick_rule; Lee and Ready 1991",
                                   .params = kParams,
                                   .outputs = kOutputSpecs,
                                   .inputs = kInputNames,
                                   .sees_undefined = true,
                                   .memory = Memory::kAnchored};

  explicit TradeSide(const Params& p) : rule_(p.choice<Rule>("rule")), carry_(p.flag("carry")) {}

  [[nodiscard]] Values<1> on(const TradeStep& t, const Values<1>& in) noexcept {
    const double change = sign(t.log_return, 0.0);  // 0 at the first trade
    if (change != 0.0 || !carry_) tick_ = change;
    if (t.index == 0) return {kNaN};
    const double mid = in[0], quoted = sign(t.price, mid);
    const bool by_tick =
        rule_ == Rule::kTick || !(mid == mid) || (rule_ == Rule::kLeeReady && quoted == 0.0);
    return {by_tick ? tick_ : quoted};
  }
  [[nodiscard]] static std::uint64_t warmup(const Params&, std::size_t, WarmupInputs) { return 1; }
  /// The side that is carried is known behind a change.
  [[nodiscard]] static std::uint64_t memory(const Params&) { return 1; }
  [[nodiscard]] static bool anchors(const Params& p, const Trade& trade,
                                    const Trade& before) noexcept {
    return !p.flag("carry") || trade.price != before.price;
  }
  void skip(std::uint64_t) noexcept {}  // what it carries is found anew
  void reset() noexcept { tick_ = 0.0; }
  template <class Visitor>
  void state(Visitor& v) {
    v.number("tick", tick_);
  }

 private:
  [[nodiscard]] static double sign(double a, double b) noexcept {
    return static_cast<double>(a > b) - static_cast<double>(a < b);
  }

  Rule rule_;
  bool carry_;
  double tick_ = 0.0;  // the tick test's side
};

}  // namespace tickeng
