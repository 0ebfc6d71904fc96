// C-15: Kyle's lambda, the slope of price changes on signed volume over intervals of M trades.
//   lambda = cov(dp, Q) / var(Q),  t = lambda / se(lambda), over the last W intervals
//   se^2 = (var(dp) - lambda cov) / ((W - 2) var(Q))
// Interval k is the trades kM .. kM + M - 1, Q its signed volume, dp the price of its last trade
// less that of the trade before it; the first interval has none and is left out. An interval is
// known at the trade after it; outputs are held between. NaN where Q does not vary; t is NaN, too,
// where less than 2^-40 of var(dp) is left unexplained, which is rounding.
// Trap: this is a regression slope in price per unit; `impact` (C-07) is a ratio.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "tickeng/kernel/kernel.hpp"
#include "tickeng/kernels/parts/finite.hpp"
#include "tickeng/stat/rolling_pairs.hpp"

namespace tickeng {

class KyleLambda {
 public:
  static constexpr ParamSpec kParams[] = {{.name = "interval",
                                           .kind = ParamKind::kInteger,
                                           .fallback = 50.0,
                                           .low = 1,
                                           .high = 10'000,
                                           .unit = "trades",
                                           .doc = "trades of an interval"},
                                          {.name = "window",
                                           .kind = ParamKind::kInteger,
                                           .fallback = 100.0,
                                           .low = 3,
                                           .high = 1 << 16,
                                           .unit = "intervals",
                                           .doc = "newest intervals in the regression"}};
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "kyle_lambda", .unit = "price/base", .range = "R"},
      {.name = "kyle_lambda_t", .range = "R"}};
  static constexpr KernelSpec spec{.id = "C-15",
                                   .name = "kyle_lambda",
                                   .aliases = "",
                                   .summary = "price change per signed volume, by regression",
                                   .formula = "cov(dp, Q)/var(Q)",
                                   .source = "S4 KylesLambda",
                                   .params = kParams,
                                   .outputs = kOutputSpecs};

  explicit KyleLambda(const Params& p)
      : length_(p.size("interval")), freedom_(p.real("window") - 2.0), pairs_(p.size("window")) {}

  [[nodiscard]] Values<2> on(const TradeStep& t) noexcept {
    if (count_ == length_) close();
    ++count_;
    flow_ += t.signed_qty;
    price_ = t.price;
    return {lambda_, t_};
  }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs) {
    return (p.size("window") + 1) * p.size("interval");
  }
  /// From the trade before the oldest interval to the last trade of the open one.
  [[nodiscard]] static std::uint64_t memory(const Params& p) {
    return (p.size("window") + 1) * p.size("interval") + 1;
  }
  void skip(std::uint64_t n) noexcept {
    if (count_ + n == 0) return;
    const std::uint64_t last = count_ + n - 1;
    pairs_.skip(last / length_);
    count_ = static_cast<std::size_t>(last % length_) + 1;
  }
  /// Behind rows that it has not seen: the interval in progress counts for nothing.
  void start(std::uint64_t index) noexcept { skip(index); }
  void reset() noexcept {
    count_ = 0;
    flow_ = 0.0;
    price_ = before_ = lambda_ = t_ = kNaN;
    pairs_.reset();
  }
  template <class Visitor>
  void state(Visitor& v) {
    v.index("count", count_, length_ + 1);
    v.number("flow", flow_);
    v.number("price", price_);
    v.number("before", before_);
    v.number("lambda", lambda_);
    v.number("t", t_);
    v.part(pairs_);
  }

 private:
  [[gnu::noinline]] void close() noexcept {
    if (before_ == before_) {
      const stat::Covariance c = pairs_.push(flow_, price_ - before_);
      if (pairs_.full()) regress(c);
    }
    before_ = price_;
    flow_ = 0.0;
    count_ = 0;
  }
  void regress(const stat::Covariance& c) noexcept {
    lambda_ = parts::finite(c.xy / c.xx);
    const double rest = c.yy - lambda_ * c.xy;
    const bool is_known = rest > c.yy * 0x1p-40;
    t_ = is_known ? parts::finite(lambda_ / std::sqrt(rest / (freedom_ * c.xx))) : kNaN;
  }

  std::size_t length_;
  double freedom_;
  stat::RollingPairs pairs_;
  std::size_t count_ = 0;                             // trades of the open interval
  double flow_ = 0.0, price_ = kNaN, before_ = kNaN;  // its volume, newest and first price
  double lambda_ = kNaN, t_ = kNaN;
};

}  // namespace tickeng
