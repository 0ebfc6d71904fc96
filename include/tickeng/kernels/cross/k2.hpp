// G-01: K2, lead-lag. Sig = 0.4 r_i + 0.3 r_{i-1} + 0.2 r_{i-2} + 0.1 r_{i-3}, K2 = Z(Sig, 1024).
//   asof_diff (default)  r_i = ln P_L(t_i) - ln P_L(t_{i-1}), as-of prices: telescopes, loses
// nothing
//   last_return          r_i = the leader's own last tick return: repeats or drops returns
// Lags are bound to trades: while one is undefined Sig is not pushed. Beyond leader_max_age r = 0;
// a jump that happens meanwhile is lost to K2 for good. First value at index 1027 at the earliest.
#pragma once

#include "tickeng/kernel/kernel.hpp"
#include "tickeng/stat/lag_sum.hpp"

namespace tickeng {

inline constexpr ParamSpec kLeaderMaxAge{.name = "leader_max_age",
                                         .fallback = 0,
                                         .low = 0,
                                         .high = 1e9,
                                         .unit = "s",
                                         .doc = "age beyond which the leader is stale; 0: never",
                                         .alias = "leader_max_age"};

class K2 {
 public:
  enum class Alignment : int { kAsofDiff = 0, kLastReturn = 1 };

  static constexpr ParamSpec kParams[] = {window_param("window", 1024, "trades in the z-score"),
                                          {.name = "alignment",
                                           .kind = ParamKind::kChoice,
                                           .low = 0,
                                           .high = 1,
                                           .choices = "asof_diff|last_return",
                                           .doc = "which leader return belongs to a trade",
                                           .alias = "leader_alignment"},
                                          kLeaderMaxAge,
                                          kLeaderParam,
                                          kWarmupParam,
                                          kEpsParam};
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "k2", .range = "[-31.985, 31.985]"}};
  static constexpr KernelSpec spec{
      .id = "G-01",
      .name = "k2",
      .aliases = "lead_lag",
      .summary = "recent returns of a leading instrument",
      .formula = "Z(0.4 r_i + 0.3 r_{i-1} + 0.2 r_{i-2} + 0.1 r_{i-3}, 1024)",
      .source = "S0 section 2",
      .params = kParams,
      .outputs = kOutputSpecs,
      .state_version = 3,
      .oldest_state = 2};
  static constexpr std::size_t kScores = 1;

  explicit K2(const Params& p)
      : alignment_(p.choice<Alignment>("alignment")), max_age_s_(p.real("leader_max_age")) {}

  /// What is scored: NaN until the lags are there.
  [[nodiscard]] Values<1> series(const TradeStep& t) noexcept {
    double r = kNaN;
    const double before = alignment_ == Alignment::kAsofDiff ? price_ : t.leader_previous;
    if (t.leader_price == t.leader_price && before == before) {
      r = log_ratio(t.leader_price, before);
    }
    price_ = t.leader_price;
    if (max_age_s_ > 0.0 && t.leader_age_s() > max_age_s_ && r == r) r = 0.0;
    return {lags_.push(r)};
  }
  /// A row without a leader, or a bound on its age, is left to the other.
  [[nodiscard]] bool series(const TradeBlock& t, const OutColumns<1>& x) noexcept {
    const double* const p = t.leader.price.data();
    std::size_t unled = price_ == price_ ? 0 : 1;
    for (std::size_t i = 0; i < t.size; ++i) unled += p[i] == p[i] ? 0 : 1;
    if (unled > 0 || max_age_s_ > 0.0 || alignment_ != Alignment::kAsofDiff) return false;
    TradeBlock::Column r;
    r[0] = log_ratio(p[0], price_);
    log_ratios(p + 1, p, t.size - 1, r.data() + 1);
    price_ = p[t.size - 1];
    lags_.run(r.data(), t.size, x[0]);
    return true;
  }
  /// 5 of the logarithm, 5 of weights, products and sums. Of equal weighted sums the returns are
  /// soon equal too, as the weights fall: their magnitudes are the level.
  [[nodiscard]] static Values<1> rounding(const Params&) noexcept { return {10.0 * kUnitRounding}; }
  [[nodiscard]] Values<1> on(const TradeStep&, const Values<1>& z) noexcept { return z; }
  /// With a leader from the first trade on.
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs) {
    const std::uint64_t lags = p.choice<Alignment>("alignment") == Alignment::kAsofDiff ? 4 : 3;
    return lags + (p.choice<Warmup>("warmup") == Warmup::kStrict ? p.size("window") - 1 : 0);
  }
  void reset() noexcept {
    lags_.reset();
    price_ = kNaN;
  }
  template <class Visitor>
  void state(Visitor& v) {
    v.number("price", price_);
    v.part(lags_);
  }

 private:
  Alignment alignment_;
  double max_age_s_;
  double price_ = kNaN;
  stat::LagSum<4> lags_{{0.4, 0.3, 0.2, 0.1}};
};

}  // namespace tickeng
