// C-24: cumulative volume delta, signed volume since 00:00 UTC of the trade's day, or ever.
//   CVD_n = sum v_i over the trades of the day up to n, in base units; unknown sides add 0
// A sum without a window cannot be anchored, so it is compensated: what each addition rounds off is
// found exactly (TwoSum) and summed beside it. Error: 2^-53 of the result and n^2 2^-106 of the sum
// of magnitudes (Ogita, Rump, Oishi 2005). The operations are the same in every driver.
// Trap: a trade stamped 00:00 belongs to the new day; until the first one the output is held.
#pragma once

#include <cstdint>

#include "tickeng/kernel/kernel.hpp"
#include "tickeng/kernels/parts/finite.hpp"

namespace tickeng {

class Cvd {
 public:
  static constexpr ParamSpec kParams[] = {{.name = "reset",
                                           .kind = ParamKind::kChoice,
                                           .low = 0,
                                           .high = 1,
                                           .choices = "day|never",
                                           .doc = "begin anew at 00:00 UTC, or never"}};
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "cvd", .unit = "base", .range = "R"}};
  static constexpr KernelSpec spec{.id = "C-24",
                                   .name = "cvd",
                                   .aliases = "cumulative_volume_delta cumulative_imbalance",
                                   .summary = "signed volume since the day began",
                                   .formula = "sum of v since 00:00 UTC",
                                   .source = "S1 microstructure features",
                                   .params = kParams,
                                   .outputs = kOutputSpecs,
                                   .memory = Memory::kSerial};

  explicit Cvd(const Params& p) : daily_(p.size("reset") == 0) { reset(); }

  [[nodiscard]] Values<1> on(const TradeStep& t) noexcept {
    if (t.ts_ns >= end_ns_) [[unlikely]]
      begin(t.ts_ns);
    add(t.signed_qty);
    return {parts::finite(sum_ + rest_)};
  }
  [[nodiscard]] static std::uint64_t warmup(const Params&, std::size_t, WarmupInputs) { return 0; }
  void reset() noexcept {
    end_ns_ = daily_ ? kNoTime : kNever;
    sum_ = rest_ = 0.0;
  }
  template <class Visitor>
  void state(Visitor& v) {
    v.number("end_ns", end_ns_);
    v.number("sum", sum_);
    v.number("rest", rest_);
  }

 private:
  static constexpr TimeNs kDayNs = 86'400 * TimeNs{1'000'000'000};

  void begin(TimeNs ts_ns) noexcept {
    const TimeNs day = ts_ns / kDayNs;
    end_ns_ = day < kNever / kDayNs ? (day + 1) * kDayNs : kNever;
    sum_ = rest_ = 0.0;
  }
  void add(double v) noexcept {
    const double sum = sum_ + v;
    if (parts::finite(sum) != sum) return;  // 1.8e8 of the largest trades: no more is taken in
    const double part = sum - sum_;
    rest_ += (sum_ - (sum - part)) + (v - part);
    sum_ = sum;
  }

  bool daily_;
  TimeNs end_ns_ = kNoTime;
  double sum_ = 0.0, rest_ = 0.0;
};

}  // namespace tickeng
