// Runs one symbol's events of several kinds: one by one, or many of them as columns. Each thread
// has one of its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "tickeng/engine/engine_options.hpp"
#include "tickeng/engine/event_columns.hpp"
#include "tickeng/engine/merged_batch.hpp"
#include "tickeng/engine/named_leaders.hpp"
#include "tickeng/engine/symbol_state.hpp"

namespace tickeng {

inline constexpr std::uint64_t kRowsOfAnEvent = 2;  ///< at most: a book's own, and a quote's

class EventRunner {
 public:
  /// All outlive it. `refused`: where rejected events are counted.
  EventRunner(const Pipeline& pipeline, const EngineOptions& options, TimeRule& time,
              RejectCounts& refused) noexcept
      : pipeline_(pipeline), options_(options), time_(time), refused_(refused) {}
  EventRunner(const EventRunner&) = delete;
  EventRunner& operator=(const EventRunner&) = delete;

  /// `row` points to the symbol's outputs when ok, else to Pipeline::absent().
  Status on(SymbolState& state, Quote quote, const double** row);
  Status on(SymbolState& state, Book book, const double** row);
  Status on(SymbolState& state, const DepthUpdate& update, const double** row);
  Status on(SymbolState& state, Bar bar, const double** row);
  Status on(SymbolState& state, Fill fill, const double** row);
  /// The same for one of several; trades must be admitted already.
  Status on(SymbolState& state, const EventColumns& events, Clock clock, std::size_t i,
            std::uint32_t flags, const double** row);

  /// What a symbol's trades see beside themselves.
  struct Around {
    LeaderFeed& leader;
    NamedLeaders* named;  ///< null: the pipeline names none
    std::uint32_t flags;
  };
  /// As many of the next events as may go as columns; false where the next one may not.
  bool run(SymbolState& state, const Around& around, const EventColumns& events,
           const EventOrder& order, EventRun& run, std::size_t most);
  /// The events that the last run() took.
  [[nodiscard]] const MergedBatch& batch() const noexcept { return *batch_; }

 private:
  bool was_taken(const EventFeed& feed, Status status, const SymbolState& state,
                 const double** row) noexcept;
  Status take(SymbolState& state, Quote& quote, const double** row);
  /// What a row of quotes or books shows: where a market has ended, what moves on it alone is
  /// undefined.
  [[nodiscard]] const double* shown(const SymbolState& state, Clock rows, TimeNs ts_ns);
  /// By slot that such rows show.
  [[nodiscard]] const std::vector<bool>& moved_by(Clock clock, Clock rows);
  [[nodiscard]] bool has_graph(SymbolState& state, bool moves);
  [[nodiscard]] MarketFeed::Admitted apply(BookFeed& feed, const DepthUpdate& update, Book& book);
  void move(SymbolState& state, const Book& book, bool market, TimeNs before_ns);
  void merge(SymbolState& state, const EventColumns& events, const EventOrder& order, EventRun& run,
             std::size_t room, std::size_t plain);
  [[nodiscard]] std::size_t plain_end(const SymbolState& state, const QuoteColumns& quotes,
                                      std::size_t from, std::size_t most) const noexcept;
  void merge_quotes(SymbolState& state, const QuoteColumns& quotes, EventRun& run, std::size_t n);
  Status merge_quote(SymbolState& state, Quote quote);
  Status merge_book(SymbolState& state, const EventColumns& events, std::size_t i);
  Status merge_bar(SymbolState& state, Bar bar);
  Status merge_fill(SymbolState& state, Fill fill);
  std::uint32_t number_event(Status status, TimeNs ts_ns, const EventFeed& feed, Clock clock);
  void fill_trades(SymbolState& state, const Around& around, const TradeColumns& trades);
  void fill_blocks(SymbolState& state);
  void write_rows(const SymbolState& state, const EventRun& run);
  void write_columns(Clock rows, const EventRun::Rows& written);
  [[nodiscard]] bool clamps() const noexcept { return options_.on_late == LatePolicy::kClamp; }
  [[nodiscard]] MarketRule market_rule() const noexcept {
    return {clamps(), options_.max_quote_age_ns, options_.hold_good_ns};
  }
  void count_refused(RejectReason why) noexcept { ++refused_[static_cast<std::size_t>(why)]; }

  const Pipeline& pipeline_;
  const EngineOptions& options_;
  TimeRule& time_;
  RejectCounts& refused_;
  std::array<std::vector<bool>, 3> moved_by_;  // as asked for
  std::vector<double> shown_;
  std::unique_ptr<MergedBatch> batch_;  // null before the first run
  std::size_t room_ = 64;               // events of a stretch; fewer where each completes many bars
};

}  // namespace tickeng
