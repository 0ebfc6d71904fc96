#include "tickeng/engine/balance.hpp"

#include <algorithm>

namespace tickeng {

namespace {
constexpr std::size_t kFew = 16;  // symbols per row from which on a batch sorts its own
}

void Balance::begin(const Engine& engine, const SymbolId* symbol, std::size_t rows) {
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
    rows_[i] = engine.counters(all_ ? static_cast<SymbolId>(i) : touched_[i]).in;
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
    const Counters& counters = engine.counters(symbol);
    if (counters.in == rows_[i] && counters.ended() == rows_[i]) continue;
    came_in_ = rows_[i];
    return symbol;
  }
  return Engine::kShared;
}

}  // namespace tickeng
