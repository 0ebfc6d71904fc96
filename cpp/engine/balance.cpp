#include "tickeng/engine/balance.hpp"

#include <algorithm>

namespace tickeng {

namespace {
constexpr std::size_t kFew = 16;  // symbols per row from which on a batch sorts its own
}

const Counters& Balance::counters(const Engine& engine, SymbolId symbol) const {
  static const Counters none;
  if (kind_ == Clock::kTrade) return engine.counters(symbol);
  const EventFeed* const feed = engine.feeds(symbol).of(kind_);
  return feed != nullptr ? feed->counters() : none;
}

void Balance::begin(const Engine& engine, const SymbolId* symbol, std::size_t rows, Clock kind) {
  kind_ = kind;
  const std::size_t symbols = engine.symbols().size();
  symbol_ = symbol;
  all_ = symbol != nullptr && rows * kFew >= symbols;
  touched_.clear();
  if (symbol == nullptr) {
    touched_.push_back(0);
  } else if (!all_) {
    touched_.assign(symbol, symbol + rows);
    std::sort(touched_.begin(), touched_.end());
    touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
  }
  rows_.resize(all_ ? symbols : touched_.size());
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    rows_[i] = counters(engine, all_ ? static_cast<SymbolId>(i) : touched_[i]).in;
  }
}

SymbolId Balance::broken(const Engine& engine, std::size_t fed) {
  if (symbol_ == nullptr) {
    rows_[0] += fed;
  } else if (all_) {
    for (std::size_t i = 0; i < fed; ++i) ++rows_[symbol_[i]];
  } else {
    for (std::size_t i = 0; i < fed; ++i) {
      const auto at = std::lower_bound(touched_.begin(), touched_.end(), symbol_[i]);
      ++rows_[static_cast<std::size_t>(at - touched_.begin())];
    }
  }
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const SymbolId symbol = all_ ? static_cast<SymbolId>(i) : touched_[i];
    const Counters& found = counters(engine, symbol);
    if (found.in == rows_[i] && found.ended() == rows_[i]) continue;
    came_in_ = rows_[i];
    return symbol;
  }
  return Engine::kShared;
}

}  // namespace tickeng
