// D-10: change of the quote imbalance over a time, QI(t) - QI as of t - D.
// As of: the last quote at or before t - D; NaN while there is none. Source: S2 section 1, which
// names no time; 300 ms is the catalogue's.
// Trap: what is compared with is a quote's value, however old that quote was at t - D.
#pragma once

#include "tickeng/kernels/quote/quote_imbalance.hpp"
#include "tickeng/stat/time_lag.hpp"

namespace tickeng {

class QuoteImbalanceChange {
 public:
  static constexpr ParamSpec kParams[] = {duration_param("time", 300'000'000, "how long before"),
                                          kMaxRowsParam};
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "quote_imbalance_change", .range = "[-2, 2]"}};
  static constexpr KernelSpec spec{.id = "D-10",
                                   .name = "quote_imbalance_change",
                                   .aliases = "dqi",
                                   .summary = "change of the quote imbalance over a time",
                                   .formula = "QI(t) - QI(t - D)",
                                   .source = "S2 section 1",
                                   .params = kParams,
                                   .outputs = kOutputSpecs};

  explicit QuoteImbalanceChange(const Params& p)
      : before_(static_cast<std::int64_t>(p.real("time")), p.size("max_rows")) {}

  [[nodiscard]] Values<1> on(const QuoteStep& q) noexcept {
    const double now = QuoteImbalance::value(q);
    return {now - before_.push(q.ts_ns, now)};
  }
  [[nodiscard]] static std::uint64_t warmup(const Params&, std::size_t, WarmupInputs) { return 0; }
  [[nodiscard]] static std::uint64_t warmup_ns(const Params& p) { return memory_ns(p); }
  /// The rows since, and the one before them.
  [[nodiscard]] static std::uint64_t memory(const Params&) { return 1; }
  [[nodiscard]] static std::uint64_t memory_ns(const Params& p) {
    return static_cast<std::uint64_t>(p.real("time"));
  }
  void lapse(TimeNs at_ns) noexcept { (void)before_.push(at_ns, kNaN); }
  void reset() noexcept { before_.reset(); }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(before_);
  }

 private:
  stat::TimeLag before_;
};

}  // namespace tickeng
