// B-15: a timer whose rows tell what was traded since the last one: the trades of (t - period, t].
//
// So sums over its rows are those over (t - D, t], D a multiple of the period, and they move while
// nothing is traded; an output of a kernel on trades does not, it is held. Rows are those of a
// timer, from the symbol's first event on, and have no numbers until there was a trade.
// Trap: a trade that comes after the row of its time counts in the next one.
#pragma once

#include "tickeng/kernel/kernel.hpp"
#include "tickeng/kernels/bar/open_bar.hpp"
#include "tickeng/kernels/bar/timer.hpp"

namespace tickeng {

class TradeGrid {
 public:
  static constexpr ParamSpec kParams[] = {period_param(0.1, "between two rows")};
  static constexpr KernelSpec spec{.id = "B-15",
                                   .name = "trade_grid",
                                   .aliases = "",
                                   .summary = "a timer with what was traded since its last row",
                                   .formula = "sums over trades in (t - period, t], t = k period",
                                   .source = "S2 section 1",
                                   .params = kParams,
                                   .outputs = std::span(kBarOutputs).first(8),
                                   .memory = Memory::kSerial};

  explicit TradeGrid(const Params& p) : timer_(p) {}

  void feed(const TradeStep& t) noexcept { cell_.add(t.price, t.qty, t.side); }
  [[nodiscard]] TimeNs due() const noexcept { return timer_.due(); }
  [[nodiscard]] Built next(TimeNs now, BarStep& row) noexcept {
    const Built built = timer_.next(now, row);
    if (built != Built::kBar) return built;
    if (cell_.begun()) {
      row = cell_.take(row.ts_ns);
    } else {
      row.volume = row.signed_volume = row.trades = kNaN;
    }
    return built;
  }
  [[nodiscard]] static TimeNs period_ns(const Params&) { return 0; }
  [[nodiscard]] static std::uint64_t warmup(const Params&, std::size_t, WarmupInputs) { return 0; }
  void reset() noexcept {
    timer_.reset();
    cell_ = {};
  }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(timer_);
    v.part(cell_);
  }

 private:
  Timer timer_;
  OpenBar cell_;
};

}  // namespace tickeng
