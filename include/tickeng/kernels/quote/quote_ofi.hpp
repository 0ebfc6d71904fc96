// D-27: order-flow imbalance of quotes, the change of the sizes at the touch over a time.
//   e_n = [b_n >= b_p] B_n - [b_n <= b_p] B_p - [a_n <= a_p] A_n + [a_n >= a_p] A_p,  p = n - 1
//   quote_ofi = sum e over (t - D, t];  norm = it over the mean of (B + A)/2 of the same quotes
// Source: Cont, Kukanov, Stoikov 2014. A quote of one side alone has no value and breaks the chain:
// the next whole one has no e. The norm is 0 where there was no size.
// Trap: `ofi` is a name of trade_flow, which sums trades.
#pragma once

#include "tickeng/kernel/kernel.hpp"
#include "tickeng/kernels/parts/finite.hpp"
#include "tickeng/stat/time_window.hpp"

namespace tickeng {

class QuoteOfi {
 public:
  static constexpr ParamSpec kParams[] = {duration_param("window", 1'000'000'000, "changes summed"),
                                          kMaxRowsParam, kWarmupParam};
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "quote_ofi", .unit = "base", .range = "R"},
                                                {.name = "quote_ofi_norm", .range = "R"}};
  static constexpr KernelSpec spec{.id = "D-27",
                                   .name = "quote_ofi",
                                   .aliases = "order_flow_imbalance",
                                   .summary = "order-flow imbalance of best bid and ask",
                                   .formula = "sum e over (t - D, t]; over the mean (B + A)/2",
                                   .source = "S1 order flow; Cont, Kukanov, Stoikov 2014",
                                   .params = kParams,
                                   .outputs = kOutputSpecs};

  explicit QuoteOfi(const Params& p)
      : window_(span(p), p.size("max_rows")), span_(span(p)),
        strict_(p.choice<Warmup>("warmup") == Warmup::kStrict) {}

  [[nodiscard]] Values<2> on(const QuoteStep& q) noexcept {
    const bool linked = bid_ == bid_, whole = q.bid == q.bid && q.ask == q.ask;
    const double e = linked && whole ? event(q) : 0.0;
    bid_ = whole ? q.bid : kNaN;
    bid_qty_ = whole ? q.bid_qty : 0.0;
    ask_ = whole ? q.ask : kNaN;
    ask_qty_ = whole ? q.ask_qty : 0.0;
    if (!whole) return {kNaN, kNaN};
    if (linked && first_ns_ == kNoTime) [[unlikely]]
      first_ns_ = q.ts_ns;
    ++health_.ticks;
    window_.push(q.ts_ns, {e, (q.bid_qty + q.ask_qty) / 2.0});
    if (window_.overflows()) {
      ++health_.overflow;
      return {kNaN, kNaN};
    }
    if (strict_ && (first_ns_ == kNoTime || q.ts_ns - first_ns_ < span_)) return {kNaN, kNaN};
    const auto [sum, depth] = window_.sum();
    const double mean = depth / static_cast<double>(window_.count());
    return {parts::finite(sum), mean > 0.0 ? parts::finite(sum / mean) : 0.0};
  }
  [[nodiscard]] Health health() const noexcept { return health_; }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs) {
    return p.choice<Warmup>("warmup") == Warmup::kStrict ? 1 : 0;
  }
  /// From the second quote on, the first that has a change.
  [[nodiscard]] static std::uint64_t warmup_ns(const Params& p) {
    const bool strict = p.choice<Warmup>("warmup") == Warmup::kStrict;
    return strict ? static_cast<std::uint64_t>(span(p)) : 0;
  }
  /// The quotes of a time, and the one before them.
  [[nodiscard]] static std::uint64_t memory(const Params&) { return 1; }
  [[nodiscard]] static std::uint64_t memory_ns(const Params& p) {
    return stat::TimeWindow<2>::memory_ns(span(p));
  }
  void lapse(TimeNs) noexcept { bid_ = ask_ = kNaN; }
  void reset() noexcept {
    window_.reset();
    bid_ = ask_ = kNaN;
    bid_qty_ = ask_qty_ = 0.0;
    first_ns_ = kNoTime;
    health_ = {};
  }
  template <class Visitor>
  void state(Visitor& v) {
    v.number("bid", bid_);
    v.number("bid_qty", bid_qty_);
    v.number("ask", ask_);
    v.number("ask_qty", ask_qty_);
    v.number("first_ns", first_ns_);
    v.number("ticks", health_.ticks);
    v.number("overflow", health_.overflow);
    v.part(window_);
  }

 private:
  [[nodiscard]] static std::int64_t span(const Params& p) {
    return static_cast<std::int64_t>(p.real("window"));
  }
  /// Of a quote behind a whole one.
  [[nodiscard]] double event(const QuoteStep& q) const noexcept {
    const double bid = (q.bid >= bid_ ? q.bid_qty : 0.0) - (q.bid <= bid_ ? bid_qty_ : 0.0);
    const double ask = (q.ask <= ask_ ? q.ask_qty : 0.0) - (q.ask >= ask_ ? ask_qty_ : 0.0);
    return bid - ask;
  }

  stat::TimeWindow<2> window_;
  std::int64_t span_;
  bool strict_;
  double bid_ = kNaN, bid_qty_ = 0.0, ask_ = kNaN, ask_qty_ = 0.0;  // NaN: no chain
  TimeNs first_ns_ = kNoTime;
  Health health_;
};

}  // namespace tickeng
