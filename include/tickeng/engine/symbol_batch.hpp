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

#include "tickeng/event/events.hpp"
#include "tickeng/graph/pipeline.hpp"

namespace tickeng {

struct SymbolBatch {
  /// out[i] = get(i), past the caches.
  template <class Get>
  static void put_past_caches(double* out, std::size_t n, Get get) noexcept {
    std::size_t i = 0;
    for (; i < n && reinterpret_cast<std::uintptr_t>(out + i) % 32 != 0; ++i) out[i] = get(i);
#pragma GCC unroll 4
    for (; i + 4 <= n; i += 4) {
      _mm256_stream_pd(out + i, _mm256_setr_pd(get(i), get(i + 1), get(i + 2), get(i + 3)));
    }
    for (; i < n; ++i) out[i] = get(i);
  }

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
        put_past_caches(to[c].real + first, n, [=](std::size_t i) { return from[i]; });
      }
    }
  };

  // One slot per row, in the order of the input.
  std::vector<TimeNs> admitted_ns;      ///< the time each accepted trade counts with
  std::vector<LeaderPrice> seen;        ///< the leader as of that trade
  std::vector<LeaderPrice> named_seen;  ///< those that the pipeline names, all of a row together
  std::vector<std::uint32_t> slot;      ///< of its outputs, or that of no_slot()
  // One slot per accepted row, by symbol and then in the order of the input.
  std::vector<TimeNs> ts_ns;
  std::vector<double> price, qty;
  std::vector<std::int8_t> side;
  std::vector<LeaderPrice> leader, named;
  // Its outputs, a column each; at no_slot() those of a row that was not accepted.
  std::vector<std::vector<double>> real;
  std::vector<std::vector<std::uint8_t>> flag;
  std::vector<OutputColumn> columns;  ///< point into real and flag

  std::vector<std::uint32_t> count;               ///< by symbol; zero for those not in symbols
  std::vector<SymbolId> symbols;                  ///< those that have accepted rows
  std::vector<std::unique_ptr<Scratch>> scratch;  ///< by worker

  void open(std::size_t rows, std::size_t names, std::span<const OutputColumn> outputs,
            const Pipeline& pipeline) {
    admitted_ns.resize(rows);
    seen.resize(rows);
    slot.resize(rows);
    ts_ns.resize(rows);
    price.resize(rows);
    qty.resize(rows);
    side.resize(rows);
    leader.resize(rows);
    named_seen.resize(rows * pipeline.leaders().size());
    named.resize(rows * pipeline.leaders().size());
    real.resize(outputs.size());
    flag.resize(outputs.size());
    columns.resize(outputs.size());
    for (std::size_t c = 0; c < outputs.size(); ++c) {
      if (outputs[c].real != nullptr) {
        real[c].resize(rows + 1);
        real[c][rows] = pipeline.absent()[pipeline.outputs()[c].slot];
        columns[c] = {real[c].data(), nullptr};
      } else {
        flag[c].resize(rows + 1);
        flag[c][rows] = 0;
        columns[c] = {nullptr, flag[c].data()};
      }
    }
    for (const SymbolId symbol : symbols) count[symbol] = 0;
    count.resize(names);
    symbols.clear();
  }
  [[nodiscard]] std::uint32_t no_slot() const noexcept {
    return static_cast<std::uint32_t>(slot.size());
  }
  /// The outputs of the batch's rows [from, end), to rows first + from on. Column by column: as a
  /// symbol's outputs lie one behind the other, few lines are in progress at a time.
  void put_back(std::size_t from, std::size_t end, std::span<const OutputColumn> to,
                std::size_t first, bool past_caches) const noexcept {
    const std::uint32_t* const at = slot.data() + from;
    for (std::size_t c = 0; c < to.size(); ++c) {
      const auto put = [&](auto* out, const auto* values) {
        for (std::size_t i = 0; i < end - from; ++i) out[i] = values[at[i]];
      };
      if (to[c].real == nullptr) {
        put(to[c].flag + first + from, flag[c].data());
      } else if (past_caches) {
        put_past_caches(to[c].real + first + from, end - from,
                        [at, values = real[c].data()](std::size_t i) { return values[at[i]]; });
      } else {
        put(to[c].real + first + from, real[c].data());
      }
    }
    if (past_caches) _mm_sfence();
  }
  void set_scratch(std::size_t workers, std::span<const OutputColumn> outputs,
                   const Pipeline& pipeline) {
    while (scratch.size() < workers) {
      scratch.push_back(std::make_unique<Scratch>(outputs, pipeline));
    }
  }
};

}  // namespace tickeng
