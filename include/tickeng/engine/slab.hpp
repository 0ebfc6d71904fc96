// Room for a stretch of trades of many symbols, put in order by symbol: then each symbol's trades
// are columns, its state is fetched once, and the outputs go back to the rows they came from.
#pragma once

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "tickeng/engine/graph.hpp"
#include "tickeng/event/events.hpp"

namespace tickeng {

struct Slab {
  static constexpr std::size_t kRows = 131072;

  /// Where one worker puts a block of trades and its outputs.
  struct Desk {
    TradeBlock block;
    std::vector<TradeBlock::Column> real;
    std::vector<std::array<std::uint8_t, TradeBlock::kMax>> flag;
    std::vector<OutputColumn> columns;  ///< point into real and flag

    explicit Desk(std::span<const OutputColumn> outputs)
        : real(outputs.size()), flag(outputs.size()) {
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
        double* const out = to[c].real + first;
        std::size_t i = 0;
        for (; i < n && reinterpret_cast<std::uintptr_t>(out + i) % 32 != 0; ++i) out[i] = from[i];
#pragma GCC unroll 4
        for (; i + 4 <= n; i += 4) _mm256_stream_pd(out + i, _mm256_loadu_pd(from + i));
        for (; i < n; ++i) out[i] = from[i];
      }
    }
  };

  // One place a row, in the order of the input.
  std::vector<TimeNs> admitted_ns;  ///< the time each accepted trade counts with
  std::vector<LeaderPrice> leader;  ///< as of that trade
  // One place an accepted row, by symbol and then in the order of the input.
  std::vector<std::uint32_t> row;
  std::vector<TimeNs> ts_ns;
  std::vector<double> price, qty;
  std::vector<std::int8_t> side;
  std::vector<std::uint32_t> count;         ///< by symbol; zero between two uses
  std::vector<SymbolId> symbols;            ///< those that have accepted rows
  std::vector<std::unique_ptr<Desk>> desk;  ///< by worker

  void open(std::size_t rows, std::size_t names, std::span<const OutputColumn> outputs,
            std::size_t workers) {
    admitted_ns.resize(rows);
    leader.resize(rows);
    row.resize(rows);
    ts_ns.resize(rows);
    price.resize(rows);
    qty.resize(rows);
    side.resize(rows);
    count.resize(names);
    symbols.clear();
    set_desks(workers, outputs);
  }
  void set_desks(std::size_t workers, std::span<const OutputColumn> outputs) {
    while (desk.size() < workers) desk.push_back(std::make_unique<Desk>(outputs));
  }
};

}  // namespace tickeng
