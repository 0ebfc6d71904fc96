// Whether a batch of trades or quotes left its counters as it should: an own count of its rows,
// symbol by symbol, held against Counters (in = processed + duplicate + late + rejected + dropped +
// held). Costs one increment per row and one look at each symbol; a batch much smaller than the
// number of symbols looks at its own symbols only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tickeng/engine/counters.hpp"
#include "tickeng/engine/engine.hpp"

namespace tickeng {

class Balance {
 public:
  /// Before a batch. `symbol`: of each row, null where all rows are of symbol 0.
  void begin(const Engine& engine, const SymbolId* symbol, std::size_t rows,
             Clock kind = Clock::kTrade);
  /// After its first `fed` rows: the first symbol whose counters do not account for them, or
  /// Engine::kShared. Adds the rows, so it may be asked once.
  [[nodiscard]] SymbolId broken(const Engine& engine, std::size_t fed);
  /// Rows that came in, by the own count, of the symbol that broken() gave.
  [[nodiscard]] std::uint64_t came_in() const noexcept { return came_in_; }

 private:
  [[nodiscard]] const Counters& counters(const Engine& engine, SymbolId symbol) const;

  Clock kind_ = Clock::kTrade;
  const SymbolId* symbol_ = nullptr;
  bool all_ = true;                // rows_ is indexed by symbol, else by position in touched_
  std::vector<SymbolId> touched_;  // sorted
  std::vector<std::uint64_t> rows_;
  std::uint64_t came_in_ = 0;
};

}  // namespace tickeng
