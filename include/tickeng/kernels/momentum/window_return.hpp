// C-19: log return over a time, in bps.
//   1e4 ln(m(t)/m(t - D)), m(t - D) the last value at or before t - D
// Of the mid on quotes, or of what is given on its clock: window_return(trade.price). NaN where
// either end is, while there is none, and of what is not a price (0 or below). Source: S2.
// Trap: what was undefined at t - D gives NaN; it is not passed over.
#pragma once

#include "tickeng/base/log.hpp"
#include "tickeng/kernel/kernel.hpp"
#include "tickeng/stat/time_lag.hpp"

namespace tickeng {

class WindowReturn {
 public:
  static constexpr ParamSpec kParams[] = {
      duration_param("window", 2'000'000'000, "how long before"), kMaxRowsParam};
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "window_return", .unit = "bps", .range = "R"}};
  static constexpr std::string_view kInputNames[] = {"mid"};
  static constexpr KernelSpec spec{.id = "C-19",
                                   .name = "window_return",
                                   .aliases = "",
                                   .summary = "log return of the mid over a time, in bps",
                                   .formula = "1e4 ln(m(t)/m(t - D))",
                                   .source = "S2 section 1",
                                   .params = kParams,
                                   .outputs = kOutputSpecs,
                                   .inputs = kInputNames,
                                   .sees_undefined = true};

  explicit WindowReturn(const Params& p)
      : before_(static_cast<std::int64_t>(p.real("window")), p.size("max_rows")) {}

  [[nodiscard]] Values<1> on(const Values<1>& in, TimeNs ts_ns) noexcept {
    const double now = in[0] > 0.0 ? in[0] : kNaN, before = before_.push(ts_ns, now);
    return {now == now && before == before ? 1e4 * log_ratio(now, before) : kNaN};
  }
  [[nodiscard]] static std::uint64_t warmup(const Params&, std::size_t, WarmupInputs inputs) {
    return inputs[0];
  }
  [[nodiscard]] static std::uint64_t warmup_ns(const Params& p) { return memory_ns(p); }
  /// The rows since, and the one before them.
  [[nodiscard]] static std::uint64_t memory(const Params&) { return 1; }
  [[nodiscard]] static std::uint64_t memory_ns(const Params& p) {
    return static_cast<std::uint64_t>(p.real("window"));
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
