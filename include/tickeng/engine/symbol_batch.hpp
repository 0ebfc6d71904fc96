// Room for a stretch of trades of many symbols, put in order by symbol: then each symbol's trades
// are columns, its state is fetched once, and the outputs go back to the rows they came from.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "tickeng/engine/output_slots.hpp"
#include "tickeng/event/events.hpp"
#include "tickeng/graph/pipeline.hpp"

namespace tickeng {

struct SymbolBatch {
  /// Where one worker puts a block of trades and its outputs.
  struct Scratch {
    TradeBlock block;
    std::vector<TradeBlock::Column> real;
    std::vector<std::array<std::uint8_t, TradeBlock::kMax>> flag;
    std::vector<OutputColumn> columns;  ///< point into real and flag
    std::unique_ptr<BlockRunner> runner;

    Scratch(std::span<const OutputColumn> outputs, const Pipeline& pipeline)
        : real(outputs.size()), flag(outputs.size()), runner(pipeline.make_runner()) {
      block.named.resize(pipeline.leaders().size());
      for (std::size_t c = 0; c < outputs.size(); ++c) {
        columns.push_back(outputs[c].real != nullptr ? OutputColumn{real[c].data(), nullptr}
                                                     : OutputColumn{nullptr, flag[c].data()});
      }
    }
    /// Moves the outputs of n rows to rows `first` on, past the caches: what is too large for them
    /// would only be read there to be written over. A fence must follow before others may look.
    void move_out(const OutputColumn* to, std::size_t first, std::size_t n) const noexcept {
      for (std::size_t c = 0; c < columns.size(); ++c) {
        if (to[c].real == nullptr) {
          std::copy_n(flag[c].data(), n, to[c].flag + first);
          continue;
        }
        const double* const from = real[c].data();
        OutputSlots::put_past_caches(to[c].real + first, n, [=](std::size_t i) { return from[i]; });
      }
    }
  };

  // One slot per row, in the order of the input.
  std::vector<TimeNs> admitted_ns;      ///< the time each accepted trade counts with
  std::vector<LeaderPrice> seen;        ///< the leader as of that trade
  std::vector<LeaderPrice> named_seen;  ///< those that the pipeline names, all of a row together
  // One slot per accepted row, by symbol and then in the order of the input.
  std::vector<TimeNs> ts_ns;
  std::vector<double> price, qty;
  std::vector<std::int8_t> side;
  std::vector<LeaderPrice> leader, named;
  OutputSlots out;

  std::vector<std::uint32_t> count;               ///< by symbol; zero for those not in symbols
  std::vector<SymbolId> symbols;                  ///< those that have accepted rows
  std::vector<std::unique_ptr<Scratch>> scratch;  ///< by worker

  void open(std::size_t rows, std::size_t names, std::span<const OutputColumn> outputs,
            const Pipeline& pipeline) {
    admitted_ns.resize(rows);
    seen.resize(rows);
    ts_ns.resize(rows);
    price.resize(rows);
    qty.resize(rows);
    side.resize(rows);
    leader.resize(rows);
    named_seen.resize(rows * pipeline.leaders().size());
    named.resize(rows * pipeline.leaders().size());
    out.open(rows, outputs, pipeline);
    for (const SymbolId symbol : symbols) count[symbol] = 0;
    count.resize(names);
    symbols.clear();
  }
  void set_scratch(std::size_t workers, std::span<const OutputColumn> outputs,
                   const Pipeline& pipeline) {
    while (scratch.size() < workers) {
      scratch.push_back(std::make_unique<Scratch>(outputs, pipeline));
    }
  }
};

}  // namespace tickeng
