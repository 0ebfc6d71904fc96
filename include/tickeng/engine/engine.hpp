// The engine: symbols, the admission of ticks, leaders, and one graph of kernels per symbol.
//
// One writer at a time. on_trade() and run() continue the same state and give the same bits; a
// late, duplicate or rejected tick is counted and changes nothing else. Memory is taken for a
// symbol at its first accepted trade, and more each time its rows have grown eightfold, until its
// windows are full; other ticks allocate nothing. Spec: N-01, A-20, A-28, A-31.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tickeng/engine/engine_options.hpp"
#include "tickeng/engine/event_columns.hpp"
#include "tickeng/engine/event_mix.hpp"
#include "tickeng/engine/event_runner.hpp"
#include "tickeng/engine/leader_feed.hpp"
#include "tickeng/engine/named_leaders.hpp"
#include "tickeng/engine/symbol_batch.hpp"
#include "tickeng/engine/symbol_state.hpp"
#include "tickeng/engine/wavefront.hpp"
#include "tickeng/graph/pipeline.hpp"

namespace tickeng {

inline constexpr std::int64_t kNoId = INT64_MIN;

/// One id with two trades.
struct IdConflict {
  SymbolId symbol;
  std::int64_t id;
  double price_before, qty_before, price, qty;
};

class Engine {
 public:
  Engine(std::shared_ptr<const Pipeline> pipeline, const EngineOptions& options);
  Engine(const Engine& other);
  Engine& operator=(const Engine&) = delete;

  [[nodiscard]] const std::vector<PipelineOutput>& outputs() const { return pipeline_->outputs(); }

  /// Dense id of a name; new names get the next id. Throws DataError for a name that may not be
  /// (symbol_name.hpp) and beyond max_symbols.
  SymbolId intern(std::string_view name);
  /// That of a known name, else kShared.
  [[nodiscard]] SymbolId find(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& symbols() const noexcept { return names_; }

  /// One trade. `row` points to the symbol's outputs when ok, else to Pipeline::absent().
  Status on_trade(SymbolId symbol, const Trade& trade, std::int64_t id, const double** row);
  /// One top of the book, or a snapshot of it. `row` as on_trade() has it. Books give a symbol that
  /// has had no quote of its own its quotes.
  Status on_quote(SymbolId symbol, const Quote& quote, const double** row);
  Status on_book(SymbolId symbol, const Book& book, const double** row);
  /// One message of a depth feed: what is shown of the book behind it is a book, as above.
  Status on_depth(SymbolId symbol, const DepthUpdate& update, const double** row);
  /// One bar that came as such, or one fill of an own order.
  Status on_bar(SymbolId symbol, const Bar& bar, const double** row);
  Status on_fill(SymbolId symbol, const Fill& fill, const double** row);
  /// One leader tick in call order, for one symbol, (kShared) for all that have none of their own,
  /// or (leader_code) for nodes that name this leader.
  Status on_leader(TimeNs ts_ns, double price, SymbolId symbol);
  /// Leader ticks that become visible when later trades pass them, for whom on_leader says.
  void queue_leader(std::span<const TimeNs> ts_ns, std::span<const double> price,
                    SymbolId symbol = kShared);
  /// Lets at most `most` leader ticks wait that accepted trades of any symbol have left behind; how
  /// many of the oldest became visible for it. A trade not later than these would see too much.
  std::size_t release_leader(std::size_t most, SymbolId symbol = kShared) noexcept;
  /// The newest visible tick of the leader of its own, or of the shared one (kNoTime before).
  [[nodiscard]] TimeNs leader_ts_ns(SymbolId symbol = kShared) const noexcept;
  /// Stands in the place of a symbol for a leader that the pipeline names, by its index there.
  [[nodiscard]] static constexpr SymbolId leader_code(std::size_t index) noexcept {
    return kShared - 1 - static_cast<SymbolId>(index);
  }
  /// The names of these leaders.
  [[nodiscard]] const std::vector<std::string>& leaders() const { return pipeline_->leaders(); }

  /// Trades from row `from` on into columns, one row each; rows not accepted hold what
  /// Pipeline::absent() says. Returns the row where it stopped: before the end where on_late is
  /// error and that row is late, or once `most_new` symbols have had their first trade, which takes
  /// their memory and so takes long. Symbols must be codes that intern() gave, and stay. With
  /// `workers` threads the same bits: symbols in a mix are shared out, a long stretch of one symbol
  /// is cut into chunks, each but the first preceded by as many rows as kernels remember, or, where
  /// that is too many, run node by node (wavefront.hpp).
  std::size_t run(const TradeColumns& trades, std::span<const OutputColumn> columns,
                  std::uint8_t* status, std::size_t workers = 1, std::size_t from = 0,
                  std::size_t most_new = SIZE_MAX);

  /// The same for events of several kinds, at most `most` of them; moves `run` on. Symbols are
  /// shared out to the workers; one alone stays on one thread.
  void run(const EventColumns& events, EventRun& run, std::size_t most, std::size_t workers = 1);

  /// The clock of a name, and room for its rows where a builder of bars has it. Throws ConfigError.
  [[nodiscard]] BarSink make_sink(std::string_view clock) const;

  /// What a leader elsewhere saw last, for one symbol or (kShared) for those without their own.
  void see_leader(SymbolId symbol, const LeaderPrice& seen);
  /// Takes over a leader kept elsewhere, clocks and counters included.
  void put_leader(SymbolId symbol, const LeaderFeed& leader);

  void reset() noexcept;
  /// One symbol anew: windows, clock, ids. Its counters, flags and leader stay.
  void reset(SymbolId symbol) noexcept;
  /// The same, and its memory is freed.
  void forget(SymbolId symbol) noexcept;
  /// Ticks from now on are of another source: the next one of each symbol and leader is no jump.
  void begin_source() noexcept;
  /// Has books follow messages of before the events that are fed: they count nowhere and move no
  /// kernel, and what comes next continues them. Symbols are known. Throws std::bad_alloc.
  void follow(const DepthColumns& messages);
  /// Moves the engine's own clock on, never back. It shuts the gate in the newest outputs of this
  /// symbol (kShared: of all) if they are older than stale_after_ns; later ones do not know of it.
  /// False for a time out of bounds, which changes nothing.
  bool on_time(TimeNs ts_ns, SymbolId symbol) noexcept;
  /// What on_time() told an engine elsewhere.
  void see_time(TimeNs now_ns) noexcept { now_ns_ = std::max(now_ns_, now_ns); }
  /// Flags from outside: StepFlag bits for one symbol, or for all (kShared).
  void set_flag(SymbolId symbol, std::uint32_t flag, bool on);
  void count_rejected(SymbolId symbol, RejectReason why, std::uint64_t n,
                      Clock clock = Clock::kTrade);
  /// Events that never came here: in + n, dropped + n.
  void count_dropped(SymbolId symbol, std::uint64_t n, Clock clock = Clock::kTrade);
  /// The newest ones of its books, or messages of its depth feed, never came here: the next message
  /// ends what they built, whatever its number.
  void lose_book(SymbolId symbol) noexcept;

  [[nodiscard]] const Counters& counters(SymbolId symbol) const { return states_[symbol].counters; }
  /// What came beside trades.
  [[nodiscard]] const SymbolFeeds& feeds(SymbolId symbol) const { return states_[symbol].feeds; }
  /// Of the shared leader, or of a symbol's own: null where it has none.
  [[nodiscard]] const Counters* leader_counters(SymbolId symbol = kShared) const noexcept;
  /// Trades rejected, of all symbols together, by RejectReason, since this engine was made.
  [[nodiscard]] const RejectCounts& refused() const noexcept { return refused_; }
  /// Chunks that run() cut stretches of one symbol into, since this engine was made.
  [[nodiscard]] std::uint64_t chunks() const noexcept { return chunks_; }
  /// Stretches of one symbol that run() has run node by node, since this engine was made.
  [[nodiscard]] std::uint64_t wavefronts() const noexcept { return wavefronts_; }
  [[nodiscard]] std::size_t leader_waiting() const noexcept { return leader_.waiting(); }
  /// Trades accepted so far and the time of the last one (kNoTime before).
  [[nodiscard]] std::uint64_t count(SymbolId symbol) const { return states_[symbol].base.count(); }
  [[nodiscard]] TimeNs last_ts_ns(SymbolId symbol) const { return states_[symbol].clock.last_ns(); }
  [[nodiscard]] const TimeRule& time() const noexcept { return options_.time; }
  /// The first id that came again with another price or quantity, since this engine was made.
  [[nodiscard]] const std::optional<IdConflict>& first_conflict() const noexcept {
    return first_conflict_;
  }
  [[nodiscard]] std::vector<NodeHealth> health(SymbolId symbol) const;
  /// The outputs of the last accepted trade; before the first one Pipeline::initial().
  [[nodiscard]] const std::vector<double>& row(SymbolId symbol) const {
    return states_[symbol].row;
  }

  /// Everything, uncompressed. load() needs an engine of the same pipeline and options; it leaves
  /// the engine unchanged when it throws. `cold`: nodes that the state may lack; they begin empty.
  [[nodiscard]] std::string save();
  void load(std::string_view bytes, std::span<const std::string> cold = {});
  /// One symbol's section of save(), with these flags in place of its own, and a symbol from such a
  /// section (see state_parts.hpp).
  [[nodiscard]] std::string save_symbol(SymbolId symbol, std::uint32_t flags);
  SymbolId load_symbol(std::string_view name, std::string_view section, std::uint32_t format,
                       std::span<const std::string> cold = {});

  static constexpr SymbolId kShared = UINT32_MAX;

 private:
  /// What becomes of the outputs of a run of trades: written to their rows, the same past the
  /// caches, or not wanted.
  enum class Outputs : std::uint8_t { kWrite, kMoveOut, kDrop };

  /// One symbol's trades on their way through a graph, at most a block of the grid at a time.
  struct SymbolRun {
    Graph* graph;
    BaseSeries base;
    const LeaderFeed* feed;
    LeaderFeed::View leader;
    const NamedLeaders* named;  ///< null: there are none
    NamedLeaders::Views named_at;
    std::uint32_t flags;
    double* row;  ///< the newest outputs

    /// Fills a block with rows from `from` on, up to `end` or the block's end on the grid.
    void gather(const TradeColumns& trades, std::size_t from, std::size_t end, TimeNs latency_ns,
                TradeBlock& block) noexcept;
    void run(const TradeColumns& trades, std::size_t from, std::size_t end, TimeNs latency_ns,
             const OutputColumn* columns, Outputs outputs, SymbolBatch::Scratch& scratch) noexcept;
  };

  [[nodiscard]] Status admit(SymbolState& state, const Trade& trade, std::int64_t id,
                             TimeNs& ts_ns);
  [[nodiscard]] bool is_duplicate(SymbolState& state, const Trade& trade, std::int64_t id);
  [[nodiscard]] std::size_t admit(const SymbolState& state, const TradeColumns& trades,
                                  std::size_t from, std::size_t end) const noexcept;
  [[nodiscard]] LeaderFeed& leader_of(SymbolState& state) noexcept {
    return state.leader ? *state.leader : leader_;
  }
  /// That of a symbol's own, of all, or of a name; null: the symbol has none.
  [[nodiscard]] const LeaderFeed* leader_feed(SymbolId symbol) const noexcept;
  [[nodiscard]] LeaderFeed& make_leader_feed(SymbolId symbol);
  void move_leaders_to(const SymbolRun& run, SymbolState& state) noexcept;
  [[nodiscard]] SymbolRun symbol_run(SymbolState& state, std::size_t rows);
  std::size_t run_rows(const TradeColumns& trades, std::size_t from, std::size_t end,
                       std::span<const OutputColumn> columns, std::uint8_t* status);
  std::size_t run_mixed(const TradeColumns& trades, std::size_t from, std::size_t end,
                        std::span<const OutputColumn> columns, std::uint8_t* status,
                        std::size_t workers);
  std::size_t admit_batch(const TradeColumns& trades, std::size_t from, std::size_t end,
                          std::uint8_t* status);
  void run_symbol(SymbolState& state, std::size_t begin, std::size_t end,
                  SymbolBatch::Scratch& scratch);
  void run_block(SymbolState& state, const TradeColumns& trades, std::size_t from, std::size_t n,
                 std::span<const OutputColumn> columns);
  struct Stretch {
    enum class Way : std::uint8_t { kAny, kRows, kChunks, kWavefront };
    Way way = Way::kAny;
    std::size_t rows = 0;
    std::size_t memory = 0;  ///< rows that a chunk needs before it, about
  };
  [[nodiscard]] Stretch plan(const TradeColumns& trades, std::size_t from, std::size_t workers,
                             std::size_t shared) const;
  [[nodiscard]] std::size_t plain_rows(const SymbolState& state, const TradeColumns& trades,
                                       std::size_t from, std::size_t end,
                                       std::size_t workers) const;
  void run_chunks(const TradeColumns& trades, std::size_t from, std::size_t end,
                  std::span<const OutputColumn> columns, std::uint8_t* status, std::size_t workers,
                  std::size_t memory);
  void run_wavefront(const TradeColumns& trades, std::size_t from, std::size_t end,
                     std::span<const OutputColumn> columns, std::uint8_t* status,
                     std::size_t workers);
  void run_event(const EventColumns& events, const EventOrder& order, EventRun& run);
  void run_mix(const EventColumns& events, const EventOrder& order, EventRun& run, std::size_t most,
               std::size_t workers);
  [[nodiscard]] bool may_be_late(const EventColumns& events, const EventRun& run,
                                 const std::array<std::size_t, kClocks>& end);
  void run_share(SymbolId symbol, EventMix::Worker& worker, const EventRun& run);
  void write_bars_to(std::span<BarSink> sinks) noexcept;
  /// Throws ConfigError where sides are inferred that could not be written.
  void check_sides(const TradeColumns& trades) const;
  /// Writes that of a trade which on_trade() took to its row, where it may have been inferred.
  void show_side(SymbolId symbol, const TradeColumns& trades, std::size_t row,
                 Status status) const noexcept {
    if (trades.inferred == nullptr || status != Status::kOk) return;
    trades.inferred[row] = states_[symbol].feeds.sides.last();
  }
  SymbolId add_symbol(std::string_view name);
  void save_state_of(SymbolState& state, std::uint32_t flags, ByteWriter& out);
  void shut(SymbolState& state) const noexcept;
  void load_state_of(SymbolState& state, ByteReader& in, std::uint32_t format,
                     std::span<const std::string> cold);

  std::shared_ptr<const Pipeline> pipeline_;
  EngineOptions options_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, SymbolId> ids_;
  std::vector<SymbolState> states_;
  LeaderFeed leader_;
  std::unique_ptr<NamedLeaders> named_;  // null: the pipeline names none
  std::uint32_t flags_ = 0;
  TimeNs now_ns_ = kNoTime;  // of on_time
  std::optional<IdConflict> first_conflict_;
  RejectCounts refused_{};
  std::uint64_t chunks_ = 0, wavefronts_ = 0;
  SymbolBatch batch_;
  EventRunner runner_;                    // of events beside trades, on this thread
  std::unique_ptr<EventMix> mix_;         // null before the first run of several symbols' kinds
  std::unique_ptr<Wavefront> wavefront_;  // null before the first one
  Outputs outputs_ = Outputs::kWrite;     // of the run in progress
  std::size_t may_open_ = SIZE_MAX;       // new symbols that this run may still take in
  // Of its outputs, as rows of each clock show them.
  std::array<std::vector<std::size_t>, kClocks> row_slots_;
};

}  // namespace tickeng
