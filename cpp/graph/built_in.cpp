// The columns of clocks, and what a formula says of itself.
#include "tickeng/graph/built_in.hpp"

#include <algorithm>
#include <array>

#include "tickeng/graph/entries.hpp"
#include "tickeng/kernel/stateless.hpp"

namespace tickeng {
namespace {

constexpr OutputSpec kTradeColumns[] = {
    {.name = "price", .range = "> 0"}, {.name = "qty", .range = ">= 0"}, {.name = "side"}};
constexpr OutputSpec kQuoteColumns[] = {
    {.name = "bid"}, {.name = "bid_qty"}, {.name = "ask"}, {.name = "ask_qty"}};
constexpr OutputSpec kBookColumns[] = {{.name = "bid"},        {.name = "bid_qty"},
                                       {.name = "ask"},        {.name = "ask_qty"},
                                       {.name = "bid_levels"}, {.name = "ask_levels"}};
constexpr OutputSpec kFormulaValue[] = {{.name = "value"}};

constexpr KernelSpec built_in(std::string_view name, std::span<const OutputSpec> outputs) {
  return {.id = {},
          .name = name,
          .aliases = {},
          .summary = {},
          .formula = {},
          .source = {},
          .params = {},
          .outputs = outputs};
}

class ColumnsOfTrades : public Stateless {
 public:
  static constexpr KernelSpec spec = built_in("trade", kTradeColumns);
  using Stateless::Stateless;

  [[nodiscard]] Values<3> on(const TradeStep& t) noexcept { return {t.price, t.qty, t.side}; }
  [[nodiscard]] bool run(const TradeBlock& t, const Columns<0>&,
                         const OutColumns<3>& out) noexcept {
    std::copy_n(t.price, t.size, out[0]);
    std::copy_n(t.qty, t.size, out[1]);
    std::copy_n(t.side.data(), t.size, out[2]);
    return true;
  }
};

class ColumnsOfQuotes : public Stateless {
 public:
  static constexpr KernelSpec spec = built_in("quote", kQuoteColumns);
  using Stateless::Stateless;

  [[nodiscard]] Values<4> on(const QuoteStep& q) noexcept {
    return {q.bid, q.bid_qty, q.ask, q.ask_qty};
  }
};

/// The touch, and how many levels there are.
class ColumnsOfBooks : public Stateless {
 public:
  static constexpr KernelSpec spec = built_in("book", kBookColumns);
  using Stateless::Stateless;

  [[nodiscard]] Values<6> on(const BookStep& b) noexcept {
    const Quote touch = Book{.bids = b.bids, .asks = b.asks}.touch();
    return {touch.bid,
            touch.bid_qty,
            touch.ask,
            touch.ask_qty,
            static_cast<double>(b.bids.levels),
            static_cast<double>(b.asks.levels)};
  }
};

class ColumnsOfBars : public Stateless {
 public:
  static constexpr KernelSpec spec = built_in("bar", std::span(kBarOutputs).first(8));
  using Stateless::Stateless;

  [[nodiscard]] Values<8> on(const BarStep& b) noexcept {
    const auto all = bar_values(b);
    Values<8> values;
    std::copy_n(all.begin(), values.size(), values.begin());
    return values;
  }
};

class ColumnsOfFills : public Stateless {
 public:
  static constexpr KernelSpec spec = built_in("own", kTradeColumns);
  using Stateless::Stateless;

  [[nodiscard]] Values<3> on(const OwnStep& o) noexcept { return {o.price, o.qty, o.side}; }
};

constexpr KernelSpec kFormula = built_in("formula", kFormulaValue);

/// Of the bars that come as such, not of a builder's.
KernelEntry bars() {
  KernelEntry bars = entry<ColumnsOfBars>();
  bars.on_bars = false;
  bars.clocks = Clock::kBar;
  return bars;
}

const std::array<KernelEntry, kClocks + 1>& built_ins() {
  static const std::array<KernelEntry, kClocks + 1> all = {
      entry<ColumnsOfTrades>(),
      entry<ColumnsOfQuotes>(),
      entry<ColumnsOfBooks>(),
      bars(),
      entry<ColumnsOfFills>(),
      KernelEntry{.spec = &kFormula,
                  .clocks = {},
                  .on_bars = false,
                  .builds = false,
                  .skips = false,
                  .make = nullptr,
                  .warmup = nullptr,
                  .warmup_ns = nullptr,
                  .memory = [](const Params&) { return std::optional(Reach{}); },
                  .anchors = nullptr,
                  .check = [](const Params&) {},
                  .on_clocks = nullptr,
                  .period_ns = nullptr}};
  return all;
}

}  // namespace

const KernelEntry& kernel_entry(std::size_t kernel) {
  const auto& all = registry();
  return kernel < all.size() ? all[kernel] : built_ins()[kernel - all.size()];
}

std::size_t column_kernel(Clock clock) {
  return registry().size() + static_cast<std::size_t>(clock);
}

std::size_t formula_kernel() { return registry().size() + kClocks; }

}  // namespace tickeng
