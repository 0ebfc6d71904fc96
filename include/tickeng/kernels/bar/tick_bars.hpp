// E-02: bars of an equal number of trades: bar k is the trades kN..kN+N-1 of the symbol.
#pragma once

#include "tickeng/kernel/kernel.hpp"
#include "tickeng/kernels/bar/open_bar.hpp"

namespace tickeng {

class TickBars {
 public:
  static constexpr ParamSpec kParams[] = {{.name = "size",
                                           .kind = ParamKind::kInteger,
                                           .fallback = 100.0,
                                           .low = 1,
                                           .high = 1 << 24,
                                           .unit = "trades",
                                           .doc = "trades of a bar"}};
  static constexpr KernelSpec spec{.id = "E-02",
                                   .name = "tick_bars",
                                   .aliases = "trade_bars",
                                   .summary = "bars of an equal number of trades",
                                   .formula = "complete with every N-th trade",
                                   .source = "S4 volume-based bars",
                                   .params = kParams,
                                   .outputs = std::span(kBarOutputs).first(8),
                                   .memory = Memory::kSerial,
                                   .state_version = 2,
                                   .oldest_state = 1};

  explicit TickBars(const Params& p) : size_(p.real("size")) {}

  void feed(const TradeStep& t) noexcept { bar_.add(t.price, t.qty, t.side); }
  [[nodiscard]] Built next(TimeNs now, BarStep& bar) noexcept {
    if (bar_.trades() < size_) return Built::kNothing;
    bar = bar_.take(now);
    return Built::kBar;
  }
  [[nodiscard]] static std::uint64_t warmup(const Params&, std::size_t, WarmupInputs) { return 0; }
  void reset() noexcept { bar_ = {}; }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(bar_);
  }

 private:
  double size_;
  OpenBar bar_;
};

}  // namespace tickeng
