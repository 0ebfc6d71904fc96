// Room for a stretch of several symbols' events of several kinds, put in order by symbol: each
// symbol's are columns of their own, which one thread runs.
//
// Columns are merged by their heads, so that a row which is older than one before it in its column
// comes right behind that one. The largest stamp of a column up to a row orders rows the same way,
// and orders those of one symbol as they come among all.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "tickeng/engine/event_columns.hpp"
#include "tickeng/engine/event_runner.hpp"
#include "tickeng/engine/output_slots.hpp"
#include "tickeng/engine/symbol_batch.hpp"

namespace tickeng {

struct EventMix {
  /// Where an event stands in the order of all.
  struct At {
    TimeNs order_ns;
    Clock clock;
    std::size_t row;

    friend std::strong_ordering operator<=>(const At&, const At&) = default;
  };
  struct Slots {
    std::size_t begin = 0, end = 0;
  };
  /// Rows of a clock, by symbol and then in order.
  struct Kind {
    std::vector<Slots> of;             ///< by symbol
    std::vector<std::size_t> row;      ///< in the caller's columns
    std::vector<TimeNs> order_ns;      ///< the largest stamp up to that row
    std::vector<std::uint8_t> status;  ///< but of trades

    void open(std::size_t rows) {
      row.resize(rows);
      order_ns.resize(rows);
      status.resize(rows);
    }
  };
  /// What a thread has of its own.
  struct Worker {
    TimeRule time;
    RejectCounts refused{};
    EventRunner runner;
    std::vector<BarSink> bars;          ///< rows of builders' clocks
    std::vector<std::vector<At>> made;  ///< by sink: the events that completed its rows
    std::vector<At> at;                 ///< scratch: the events of a stretch

    Worker(const Pipeline& pipeline, const EngineOptions& options)
        : time(options.time), runner(pipeline, options, time, refused) {}
    /// Says by which events of the runner's last stretch its bars were made.
    void name_bars(const EventMix& mix);
  };

  std::array<Kind, kClocks> kinds;
  std::vector<SymbolId> symbols;  ///< those that have rows
  // By slot: accepted trades, and quotes.
  std::vector<TimeNs> trade_ns, quote_ns;
  std::vector<double> price, qty, bid, bid_qty, ask, ask_qty;
  std::vector<std::int8_t> side;
  std::vector<LeaderPrice> leader, named;
  std::array<OutputSlots, kClocks> out;
  EventColumns columns;  ///< all of it
  std::vector<std::unique_ptr<Worker>> workers;

  /// Slots for the rows [run.next, end) of each clock, in `names` symbols; of trades those that
  /// are accepted.
  void share_out(const EventColumns& events, const EventRun& run,
                 const std::array<std::size_t, kClocks>& end, std::size_t names);
  /// Fills the columns. `admitted`: the trades from run.next on; `leaders`: that the pipeline
  /// names.
  void gather(const EventColumns& events, const EventRun& run, const SymbolBatch& admitted,
              std::size_t leaders);
  /// One symbol's part of the columns, and a run over it.
  [[nodiscard]] std::array<std::size_t, kClocks> begin(SymbolId symbol) const noexcept;
  [[nodiscard]] std::array<std::size_t, kClocks> end(SymbolId symbol) const noexcept;
  [[nodiscard]] std::array<const TimeNs*, kClocks> order_ns() const noexcept;
  [[nodiscard]] At at(Clock clock, std::size_t slot) const noexcept {
    const Kind& kind = kinds[index_of(clock)];
    return {kind.order_ns[slot], clock, kind.row[slot]};
  }
  /// Workers for the next stretch, with room for the bars of these sinks.
  void open_workers(std::size_t count, const Pipeline& pipeline, const EngineOptions& options,
                    std::span<const BarSink> like);
  /// Moves the workers' rows of builders' clocks to `bars`, in order.
  void write_bars(std::span<BarSink> bars);
};

}  // namespace tickeng
