// The same as TradeStep for a run of consecutive trades of one symbol, as columns: what a kernel's
// second, columnar driver works on. Row i holds the bits that step i would hold.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tickeng/kernel/trade_step.hpp"

namespace tickeng {

struct TradeBlock {
  static constexpr std::size_t kMax = 256;  // all columns of a block stay in the first caches
  using Column = std::array<double, kMax>;
  /// A leader as of each trade.
  struct Leader {
    Column price, previous;
    std::array<TimeNs, kMax> ts_ns;

    void put(std::size_t i, const LeaderPrice& seen) noexcept {
      price[i] = seen.price;
      previous[i] = seen.previous;
      ts_ns[i] = seen.ts_ns;
    }
  };

  std::size_t size = 0;
  std::uint64_t index = 0;  ///< of row 0
  std::uint32_t flags = 0;
  const TimeNs* ts_ns = nullptr;
  const double* price = nullptr;
  const double* qty = nullptr;
  Column side, signed_qty, log_return, dt_s;
  Leader leader;              ///< the one that serves the symbol
  std::vector<Leader> named;  ///< those that the pipeline names

  [[nodiscard]] TradeStep operator[](std::size_t i) const noexcept {
    return {index + i,       ts_ns[i],           price[i],        qty[i],
            side[i],         signed_qty[i],      log_return[i],   dt_s[i],
            leader.price[i], leader.previous[i], leader.ts_ns[i], flags};
  }
  /// Makes this the same trades as those of a block, with this leader.
  void copy_led_by(const Leader& by, const TradeBlock& of) noexcept {
    size = of.size;
    index = of.index;
    flags = of.flags;
    ts_ns = of.ts_ns;
    price = of.price;
    qty = of.qty;
    const auto copy = [n = size](const auto& from, auto& to) {
      std::copy_n(from.begin(), n, to.begin());
    };
    copy(of.side, side);
    copy(of.signed_qty, signed_qty);
    copy(of.log_return, log_return);
    copy(of.dt_s, dt_s);
    copy(by.price, leader.price);
    copy(by.previous, leader.previous);
    copy(by.ts_ns, leader.ts_ns);
  }
  /// Fills the base series for n trades with times that do not fall, and moves `base` on.
  void gather(BaseSeries& base, const TimeNs* ts, const double* p, const double* q,
              const std::int8_t* s, std::size_t n) noexcept {
    size = n;
    index = base.count();
    ts_ns = ts;
    price = p;
    qty = q;
    for (std::size_t i = 0; i < n; ++i) side[i] = s[i];
    for (std::size_t i = 0; i < n; ++i) signed_qty[i] = signed_quantity(side[i], q[i]);
    const bool first = index == 0;
    log_return[0] = first ? kNaN : log_ratio(p[0], base.last_price());
    dt_s[0] = first ? kNaN : seconds_between(base.last_ts_ns(), ts[0]);
    log_ratios(p + 1, p, n - 1, log_return.data() + 1);
    for (std::size_t i = 1; i < n; ++i) dt_s[i] = seconds_between(ts[i - 1], ts[i]);
    base.pass(n, ts[n - 1], p[n - 1]);
  }
  /// The leader as of each trade, and those that the pipeline names, all of a row together.
  void see(const LeaderPrice* seen, const LeaderPrice* of_names) noexcept {
    for (std::size_t i = 0; i < size; ++i) {
      leader.put(i, seen[i]);
      for (Leader& by_name : named) by_name.put(i, *of_names++);
    }
  }
};

}  // namespace tickeng
