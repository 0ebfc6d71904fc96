// The kernel concept. A kernel is a struct with
//   static constexpr KernelSpec spec;         what it says of itself
//   explicit K(const Params&);                all memory is taken here
//   Out on(const TradeStep&) noexcept;        one tick; Out = std::array<double, outputs>
//   Out on(const TradeStep&, const Values<n>&) noexcept;   if it reads n outputs of other kernels
// or the same for another step, for several (it moves on each of these clocks), or for none at all,
// on(const Values<n>&) or on(const Values<n>&, TimeNs): then it moves with its inputs, and an
// output that is not finite is NaN. Unless spec.sees_undefined, a tick on which an input is not
// finite never comes to a kernel: its outputs are NaN and it stays as it is. Further
//   static uint64 warmup(const Params&, output, inputs);   0-based index of the first value
//   static uint64 warmup_ns(const Params&), memory_ns(const Params&);   optional: of windows by
//   time void reset() noexcept; void state(visitor); static void check(const Params&);   optional:
//   throws where parameters do not go together; static bool is_serial(const Params&);   optional:
//   whether with these it remembers all rows since the start, though its spec says less;
//   static void on_clocks(Params&, ClockSet);   optional: sets what parameters leave to the clocks;
//   void lapse(TimeNs) noexcept;              optional: the market it moves on has had no valid row
//                                             from then on until its next one
// and, where it pays, a second driver with the same operations in the same order:
//   bool run(const TradeBlock&, const Columns<n>& in, const OutColumns<m>& out) noexcept;
// over whole columns, which may answer false (not warm yet) and leave the block to on(). Where
// there is no step, its block is InputRows.
//
// A kernel made of z-scores leaves their windows to the graph, where those of one length go side by
// side whichever kernels they belong to. It has window, eps and warmup, reads no other, and says
//   static constexpr std::size_t kScores;     how many series are scored
//   Values<kScores> series(const TradeStep&); this tick's values; NaN while there is none yet, and
//                                             never again once there was one
//   bool series(const TradeBlock&, const OutColumns<kSeries>&);   the same in columns
//   Out on(const TradeStep&, const Values<kScores>& z);       its outputs from the z-scores
//   static Values<kScores> rounding(const Params&);   r of each series (stat/rolling_z_score.hpp)
// and, where the terms of the first series may cancel,
//   double floor() const;                             its f as of the newest tick; then the column
//                                             driver fills one column more with it
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include "tickeng/kernel/bar_block.hpp"
#include "tickeng/kernel/book_block.hpp"
#include "tickeng/kernel/clock.hpp"
#include "tickeng/kernel/options.hpp"
#include "tickeng/kernel/own_block.hpp"
#include "tickeng/kernel/params.hpp"
#include "tickeng/kernel/quote_block.hpp"
#include "tickeng/kernel/quote_step.hpp"
#include "tickeng/kernel/spec.hpp"
#include "tickeng/kernel/state.hpp"
#include "tickeng/kernel/trade_block.hpp"

namespace tickeng {

template <std::size_t N>
using Values = std::array<double, N>;

template <class K>
inline constexpr std::size_t kOutputs = K::spec.outputs.size();
/// How many series of a kernel are scored.
template <class K>
inline constexpr std::size_t kScores = [] {
  if constexpr (requires { K::kScores; }) {
    return K::kScores;
  } else {
    return std::size_t{0};
  }
}();
/// Columns that series() fills: the series and, where its terms may cancel, f of the first one.
template <class K>
inline constexpr bool kFloor = requires(const K k) { k.floor(); };
template <class K>
inline constexpr std::size_t kSeries = kScores<K> + (kFloor<K> ? 1 : 0);
/// What on() takes beside the trade: outputs of other kernels, or z-scores.
template <class K>
inline constexpr std::size_t kInputs = kScores<K> > 0 ? kScores<K> : K::spec.inputs.size();

template <class K, class Step>
concept TicksOn =
    (kInputs<K> == 0 && requires(K k, const Step& s) {
      { k.on(s) } noexcept -> std::same_as<Values<kOutputs<K>>>;
    }) || (kInputs<K> > 0 && requires(K k, const Step& s, const Values<kInputs<K>>& in) {
      { k.on(s, in) } noexcept -> std::same_as<Values<kOutputs<K>>>;
    });
template <class K>
concept TicksWithTime =
    kInputs<K> > 0 && requires(K k, const Values<kInputs<K>>& in, TimeNs ts_ns) {
      { k.on(in, ts_ns) } noexcept -> std::same_as<Values<kOutputs<K>>>;
    };
template <class K>
concept TicksWithInputs =
    TicksWithTime<K> || (kInputs<K> > 0 && requires(K k, const Values<kInputs<K>>& in) {
      { k.on(in) } noexcept -> std::same_as<Values<kOutputs<K>>>;
    });
/// What asking a builder for a bar comes to. A restart says that so many bars would have come at
/// once that it began anew instead, and so does all that moves on its clock.
enum class Built : std::uint8_t { kNothing, kBar, kRestart };
/// Most bars that one event may complete.
inline constexpr std::uint64_t kMostBars = 10'000;

/// A builder of bars: it has no on(), is fed trades, and is asked for the next bar that is complete
/// as of now. Its outputs are the first ones of kBarOutputs; they tick with its bars.
template <class K>
concept Builds = requires(K k, const TradeStep& t, TimeNs now, BarStep& bar) {
  { k.feed(t) } noexcept;
  { k.next(now, bar) } noexcept -> std::same_as<Built>;
};
/// A builder whose bars are completed by time, not by what a trade adds: due() says when. kNever,
/// or kNoTime: as of the next event.
template <class K>
concept BuildsByTime = Builds<K> && requires(const K k) {
  { k.due() } noexcept -> std::same_as<TimeNs>;
};

/// The clocks that a kernel's overloads name; none: those of its inputs.
template <class K>
inline constexpr ClockSet kOwnClocks = [] {
  ClockSet clocks;
  if (TicksOn<K, TradeStep> || Builds<K>) clocks |= Clock::kTrade;
  if (TicksOn<K, QuoteStep>) clocks |= Clock::kQuote;
  if (TicksOn<K, BookStep>) clocks |= Clock::kBook;
  if (TicksOn<K, OwnStep>) clocks |= Clock::kOwn;
  return clocks;
}();
/// Whether it moves on bars: the text tells it whose, rsi(m1).
template <class K>
inline constexpr bool kOnBars = TicksOn<K, BarStep>;
/// What a kernel without a step is told of a block.
struct InputRows {
  std::size_t size = 0;
  const TimeNs* ts_ns = nullptr;

  [[nodiscard]] TimeNs operator[](std::size_t i) const noexcept { return ts_ns[i]; }
};
/// Whether ticks on which an input is undefined are kept from it.
template <class K>
inline constexpr bool kSkips = !K::spec.inputs.empty() && !K::spec.sees_undefined;
template <std::size_t N>
using Columns = std::array<const double*, N>;
template <std::size_t N>
using OutColumns = std::array<double*, N>;

template <class K, class Block>
concept RunsColumns = requires(K k, const Block& b, const Columns<kInputs<K>>& in,
                               const OutColumns<kOutputs<K>>& out) {
  { k.run(b, in, out) } noexcept -> std::same_as<bool>;
};
template <class K>
concept Scores = kScores<K> > 0 && K::spec.inputs.empty() &&
                 requires(K k, const Params& p, const TradeStep& t, const TradeBlock& b,
                          const OutColumns<kSeries<K>>& x) {
                   { K::rounding(p) } -> std::same_as<Values<kScores<K>>>;
                   { k.series(t) } noexcept -> std::same_as<Values<kScores<K>>>;
                   { k.series(b, x) } noexcept -> std::same_as<bool>;
                 };

template <class K>
concept Kernel =
    std::constructible_from<K, const Params&> &&
    (kOwnClocks<K>.empty() && !kOnBars<K> ? TicksWithInputs<K> : !TicksWithInputs<K>) &&
    (kScores<K> == 0 || Scores<K>) &&
    requires(K k, const Params& p, StateSaver& save, StateLoader& load,
             std::span<const std::uint64_t> inputs) {
      { k.reset() } noexcept;
      k.state(save);
      k.state(load);
      { K::warmup(p, std::size_t{0}, inputs) } -> std::same_as<std::uint64_t>;
    };

using WarmupInputs = std::span<const std::uint64_t>;

}  // namespace tickeng
