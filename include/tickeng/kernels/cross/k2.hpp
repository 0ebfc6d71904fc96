// G-01: K2, lead-lag. Sig = 0.4 r_i + 0.3 r_{i-1} + 0.2 r_{i-2} + 0.1 r_{i-3}, K2 = Z(Sig, 1024).
//   asof_diff (default)  r_i = ln P_L(t_i) - ln P_L(t_{i-1}), as-of prices: telescopes, loses
// nothing
//   last_return          r_i = the leader's own last tick return: repeats or drops returns
// Lags are bound to trades: while one is undefined Sig is not pushed. Beyond leader_max_age r = 0;
// a jump that happens meanwhile is lost to K2 for good. First value at index 1027 at the earliest.
#pragma once

#include "tickeng/kernel/kernel.hpp"
#include "tickeng/kernels/parts/windows.hpp"
#include "tickeng/stat/lag_sum.hpp"

namespace tickeng {

inline constexpr ParamSpec kLeaderMaxAge{.name = "leader_max_age",
                                         .fallback = 0,
                                         .low = 0,
                                         .high = 1e9,
                                         .unit = "s",
                                         .doc = "age beyond which the leader is stale; 0: never",
                                         .alias = "leader_max_age"};

class LeadLag {
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
      .memory = Memory::kFinite};

  explicit LeadLag(const Params& p)
      : alignment_(p.choice<Alignment>("alignment")), max_age_s_(p.real("leader_max_age")),
        z_(p.size("window"), p.choice<stat::Epsilon>("eps"), p.choice<Warmup>("warmup")) {}

  [[nodiscard]] Values<1> on(const TradeStep& t) noexcept {
    double r = kNaN;
    const double before = alignment_ == Alignment::kAsofDiff ? price_ : t.leader_previous;
    if (t.leader_price == t.leader_price && before == before) {
      r = log_ratio(t.leader_price, before);
    }
    price_ = t.leader_price;
    if (max_age_s_ > 0.0 && t.leader_age_s() > max_age_s_ && r == r) r = 0.0;
    const double signal = lags_.push(r);
    if (signal != signal) return {kNaN};
    const double z = z_.push(signal, t.index);
    if (z_.full()) {
      ++health_.ticks;
      health_.dominated += z_.dominated() ? 1 : 0;
    }
    return {z};
  }
  /// A row without a leader, or a bound on its age, is left to on().
  [[nodiscard]] bool run(const TradeBlock& t, const Columns<0>&, const Places<1>& out) noexcept {
    const double* const p = t.leader_price.data();
    std::size_t unled = price_ == price_ ? 0 : 1;
    for (std::size_t i = 0; i < t.size; ++i) unled += p[i] == p[i] ? 0 : 1;
    if (!(unled == 0 && z_.full() && max_age_s_ == 0.0 && alignment_ == Alignment::kAsofDiff)) {
      return false;
    }
    TradeBlock::Column x, sigma;
    x[0] = log_ratio(p[0], price_);
    log_ratios(p + 1, p, t.size - 1, x.data() + 1);
    price_ = p[t.size - 1];
    TradeBlock::Column signal;
    lags_.run(x.data(), t.size, signal.data());
    z_.run(signal.data(), t.size, out[0], sigma.data());
    health_.count(sigma.data(), t.size, z_);
    return true;
  }
  /// With a leader from the first trade on.
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs) {
    const std::uint64_t lags = p.choice<Alignment>("alignment") == Alignment::kAsofDiff ? 4 : 3;
    return lags + (p.choice<Warmup>("warmup") == Warmup::kStrict ? p.size("window") - 1 : 0);
  }
  [[nodiscard]] const Health& health() const noexcept { return health_; }
  void reset() noexcept {
    lags_.reset();
    z_.reset();
    price_ = kNaN;
    health_ = {};
  }
  template <class Visitor>
  void state(Visitor& v) {
    v.number("price", price_);
    v.part(lags_);
    v.part(z_);
    v.part(health_);
  }

 private:
  Alignment alignment_;
  double max_age_s_;
  double price_ = kNaN;
  stat::LagSum<4> lags_{{0.4, 0.3, 0.2, 0.1}};
  parts::ZWindow z_;
  Health health_;
};

}  // namespace tickeng
