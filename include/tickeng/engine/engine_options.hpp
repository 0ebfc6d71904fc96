// What an engine may be told besides its pipeline.
#pragma once

#include <cstddef>

#include "tickeng/engine/clock.hpp"

namespace tickeng {

/// Who gives a symbol its quotes: its books up to its first accepted quote, or one of the two
/// alone.
enum class QuoteSource : int { kEither = 0, kQuotes = 1, kBooks = 2 };

/// Whose side a trade without one gets, see SideFeed: nobody's, by the last change of price, by the
/// quote, or by the quote and at its mid by the change of price.
enum class SideRule : int { kGiven = 0, kTick = 1, kQuote = 2, kLeeReady = 3 };

enum class LatePolicy : int { kDrop = 0, kError = 1, kClamp = 2 };

struct EngineOptions {
  LatePolicy on_late = LatePolicy::kDrop;
  bool dedupe_id = false;  ///< a trade with an id that the symbol has had is a duplicate
  TimeRule time;
  TimeNs stale_after_ns = 0;                 ///< see on_time(); 0: never
  TimeNs leader_latency_ns = 0;              ///< a queued leader tick is available this much later
  TimeNs max_quote_age_ns = 30'000'000'000;  ///< an older quote is no market; 0: it always is
  TimeNs hold_good_ns = 1'000'000'000;       ///< nor so long after one that is locked or crossed
  QuoteSource quotes = QuoteSource::kEither;
  SideRule sides = SideRule::kGiven;
  /// Of a depth feed's snapshot of so many levels a side nothing is shown that lies behind them; 0:
  /// all is.
  std::size_t snapshot_depth = 0;
  std::size_t max_symbols = 20000;     ///< refuses more: a hostile file must not take all memory
  std::size_t max_symbol_bytes = 255;  ///< refuses longer names
};

}  // namespace tickeng
