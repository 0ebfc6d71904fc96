// Many symbols on many cores: one thread submits, each worker runs its share of the symbols.
//
// Every function is for the submitting thread unless it says otherwise; the binding checks that.
// A symbol's events go through one ring to one Engine, so the bits are those of one Engine over
// all. Leaders are kept here: what a worker needs of one is the last price and the one before, and
// those go ahead of the next trade that can see them. Nothing here waits for the caller to poll:
// what has a decision is in progress only while there is room for it. Spec: N-01.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tickeng/parallel/worker.hpp"

namespace tickeng {

enum class OnFull : int { kBlock = 0, kDrop = 1, kError = 2 };

struct ParallelOptions {
  std::size_t workers = 0;     ///< 0: one per core but one, which the submitting thread has
  std::size_t ring = 4096;     ///< records in progress to a worker; a power of two
  std::size_t unread = 32768;  ///< decisions a worker may have unread; a power of two, 0: keep none
  OnFull on_full = OnFull::kBlock;
  Clock rows = Clock::kTrade;  ///< whose events have decisions
  bool total_order = false;  ///< decisions in the order of submission; else in that of each symbol
  bool spin = false;         ///< idle workers never sleep
  bool pin = true;
  /// Symbol name -> worker. These workers get no other symbols, as long as there are others.
  std::vector<std::pair<std::string, std::size_t>> map;
};

/// How far a call came, and what stopped it.
struct SubmitResult {
  enum class End : int {
    kAll = 0,
    kFull = 1,      ///< a ring is full and the policy is error
    kUnread = 2,    ///< as many decisions are unread as may be: poll
    kPatience = 3,  ///< the time was over; call again
  };
  std::size_t rows = 0;     ///< the first row that was not looked at
  std::size_t dropped = 0;  ///< of those before it
  End end = End::kAll;
};

class ParallelEngine {
 public:
  /// `state`: what an Engine or another ParallelEngine saved; empty: start anew. Throws
  /// ConfigError, StateError, DataError, and Error where threads cannot be started.
  ParallelEngine(std::shared_ptr<const Pipeline> pipeline, const EngineOptions& options,
                 const ParallelOptions& parallel, std::string_view state);
  ~ParallelEngine() { close(); }
  ParallelEngine(const ParallelEngine&) = delete;
  ParallelEngine& operator=(const ParallelEngine&) = delete;

  [[nodiscard]] const std::vector<PipelineOutput>& outputs() const { return pipeline_->outputs(); }

  /// As in Engine.
  SymbolId intern(std::string_view name);
  [[nodiscard]] SymbolId find(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& leaders() const { return pipeline_->leaders(); }
  [[nodiscard]] std::size_t symbol_count() const noexcept { return names_.size(); }
  [[nodiscard]] const std::string& symbol(SymbolId code) const { return names_[code]; }

  /// Hands over the trades from row `from` on. Each gets the next sequence number, dropped ones
  /// too. Throws Error when a worker has failed.
  SubmitResult submit(const TradeColumns& trades, std::size_t from, TimeNs patience_ns);
  /// The same for one event of another kind. Throws DataError for a book of too many levels.
  SubmitResult submit(SymbolId symbol, const Quote& quote, TimeNs patience_ns);
  SubmitResult submit(SymbolId symbol, const Book& book, TimeNs patience_ns);
  SubmitResult submit(SymbolId symbol, const DepthUpdate& update, TimeNs patience_ns);
  SubmitResult submit(SymbolId symbol, const Bar& bar, TimeNs patience_ns);
  SubmitResult submit(SymbolId symbol, const Fill& fill, TimeNs patience_ns);
  Status on_leader(TimeNs ts_ns, double price, SymbolId symbol);
  /// As in Engine, behind what was submitted. Waits for room whatever the policy; whether it could
  /// be sent within the time. Throws DataError for a time out of bounds.
  [[nodiscard]] bool on_time(TimeNs ts_ns, SymbolId symbol, TimeNs patience_ns);
  /// Whether all that was submitted is done within the time, snapshots included; then its decisions
  /// are readable.
  bool flush(TimeNs patience_ns);
  /// Moves at most `most` decisions to `out`; returns how many.
  std::size_t poll(std::size_t most, const DecisionColumns& out);
  /// Whether poll would give something within the time.
  bool wait_readable(TimeNs patience_ns);
  /// Decisions that are published and unread; in total order some may have to wait for others.
  [[nodiscard]] std::size_t unread() const noexcept;
  /// The number that the next event gets.
  [[nodiscard]] std::uint64_t next_seq() const noexcept { return next_seq_; }

  // Each of these is answered by the workers within one batch, ahead of what waits.
  struct KindCounters : Counters {
    std::uint64_t crossed = 0;                   ///< of quotes and books
    std::optional<BookBuilder::Counts> built{};  ///< of books, where messages built them
  };
  /// By symbol, exact: what waits in a ring is `held`.
  [[nodiscard]] std::vector<KindCounters> counters(Clock clock = Clock::kTrade);
  /// Of each node that has one, of all symbols, as of the events that workers are done with.
  [[nodiscard]] std::vector<NodeHealth> health();
  /// As in Engine.
  [[nodiscard]] const Counters* leader_counters(SymbolId symbol = kShared) const noexcept {
    if (symbol == kShared) return &leader_.counters();
    if (symbol >= routes_.size()) return &named_[kShared - 1 - symbol].counters();
    return routes_[symbol].leader ? &routes_[symbol].leader->counters() : nullptr;
  }
  /// The last accepted trade of a symbol: its time (kNoTime before the first) and its outputs.
  struct Last {
    TimeNs ts_ns;
    std::vector<double> row;
  };
  [[nodiscard]] Last last(SymbolId symbol);
  /// All levels that messages of a depth feed have told of, bids and asks, as of the events that
  /// its worker is done with; nothing where there is no book of these.
  [[nodiscard]] std::optional<std::pair<Levels, Levels>> book(SymbolId symbol);
  /// One symbol anew, as in Engine, ahead of what waits.
  void reset(SymbolId symbol);
  /// As in Engine, but ahead of what waits, from the next batch of a worker on. With
  /// kShared: any thread, at any time, which is what a kill switch must be.
  void set_flag(SymbolId symbol, std::uint32_t flag, bool on);

  /// Sends a marker through all rings; whether it could within the time (nothing was sent if not).
  [[nodiscard]] std::shared_ptr<Snapshot> snapshot(TimeNs patience_ns);
  /// Whether the state of the snapshot is there within the time.
  bool wait_snapshot(const Snapshot& snapshot, TimeNs patience_ns);

  /// Ends the workers before their next batch; what they had not done stays counted as held, and
  /// decisions can still be polled. Any thread, while no other is inside a call.
  void close() noexcept;
  [[nodiscard]] bool closed() const noexcept { return closed_; }

  // For anybody, at any time.
  struct WorkerFacts {
    std::uint64_t in = 0, processed = 0, dropped = 0, held = 0, high_water = 0, sleeps = 0;
    std::vector<std::uint64_t> latency;  ///< trades done in less than 2^i ns, by i
    int cpu = -1;
    std::string pin_refusal;
  };
  [[nodiscard]] std::size_t worker_count() const noexcept { return links_.size(); }
  [[nodiscard]] WorkerFacts facts(std::size_t worker) const;
  /// Which worker has a symbol, or will have it.
  [[nodiscard]] std::size_t worker_of(std::string_view name) const;

  static constexpr SymbolId kShared = Engine::kShared;

 private:
  struct Link {  ///< the way to one worker
    std::unique_ptr<Worker> worker;
    queue::SpscRing<Record>* inbox = nullptr;
    std::uint64_t sent = 0, times = 0;   ///< events, timers
    std::uint64_t rows = 0, polled = 0;  ///< events that have a decision, decisions
    bool leader_due = false;             ///< it has not been told of the shared leader's last tick
    std::size_t due = 0;                 ///< named leaders of whose last tick it has not been told
    std::vector<bool> is_due;            ///< by named leader
    queue::Tally in, dropped;
  };
  struct Passage {              ///< of one kind, and those before a saved state included
    std::uint64_t sent = 0;     ///< events
    std::uint64_t dropped = 0;  ///< those that were not
    std::uint64_t told = 0;     ///< what the engine has been told of that
  };
  struct Route {  ///< what is known here of one symbol
    std::uint32_t worker = 0;
    bool introduced = false;
    bool leader_due = false;
    bool book_lost = false;  ///< the newest of its books or messages, and its worker knows nothing
    std::uint32_t flags = 0;
    std::array<Passage, kClocks> passed{};
    std::unique_ptr<LeaderFeed> leader;  // null: the shared one
  };

  void spread(std::size_t workers);
  void start(const EngineOptions& options, const ParallelOptions& parallel,
             const StateParts* state);
  void adopt(const StateParts& state);
  SymbolId add_symbol(std::string_view name);
  /// When a wait of so long ends.
  [[nodiscard]] static TimeNs end_of(TimeNs patience_ns, TimeNs now_ns) noexcept {
    constexpr TimeNs kForEver = queue::Parker::kForEver;
    return patience_ns < kForEver - now_ns ? now_ns + patience_ns : kForEver;
  }
  /// Decisions of events of a kind that may be unread.
  [[nodiscard]] std::uint64_t credit(Clock clock) const noexcept {
    return clock == rows_ ? credit_ : UINT64_MAX;
  }
  [[nodiscard]] SubmitResult::End make_room(Link& link, std::size_t records, std::uint64_t credit,
                                            TimeNs end_ns, std::size_t levels = 0);
  template <class Write>
  SubmitResult hand_over(SymbolId symbol, Clock clock, TimeNs ts_ns, std::size_t records,
                         TimeNs patience_ns, const Write& write, std::size_t levels = 0);
  SubmitResult submit_book(SymbolId symbol, EventKind kind, const DepthUpdate& update,
                           TimeNs patience_ns);
  void introduce(Link& link, Route& route, SymbolId code, TimeNs now_ns);
  void put(Link& link, Route& route, SymbolId code, const TradeColumns& trades, std::size_t i,
           TimeNs now_ns);
  void put_due_leaders(Link& link, Route& route, SymbolId code, TimeNs now_ns);
  void put_leader(Link& link, SymbolId symbol, const LeaderPrice& seen, TimeNs now_ns);
  Status on_named_leader(TimeNs ts_ns, double price, std::size_t leader);
  void drop(Link& link, Route& route, Clock clock) noexcept;
  void publish() noexcept;
  [[nodiscard]] Link* next_in_order(std::uint64_t& end);
  std::vector<Snapshot::Change> changes_for(std::size_t worker);
  /// Waits on parker_, with a look now and then for what would make waiting vain; that throws.
  template <class Ready>
  bool wait_for(const Ready& ready, TimeNs patience_ns) {
    for (TimeNs left_ns = patience_ns;; left_ns -= kSlice) {
      if (parker_.wait([&] { return ready() || failed(); }, std::min(left_ns, kSlice))) break;
      if (left_ns <= kSlice) return false;
      check();
    }
    if (!ready()) check();
    return true;
  }
  [[nodiscard]] bool failed() const noexcept;
  void ask(std::size_t worker, const Worker::Task& task);
  void check() const;

  static constexpr TimeNs kSlice = 50'000'000;

  std::shared_ptr<const Pipeline> pipeline_;
  EngineOptions options_;
  std::uint64_t credit_;  ///< decisions that may be unread or in progress, per worker
  OnFull on_full_;
  Clock rows_;
  bool decides_, total_order_, closed_ = false;
  int owner_;  // process
  std::vector<std::pair<std::string, std::size_t>> map_;
  std::vector<std::size_t> shared_workers_;  ///< those that symbols are spread over
  std::deque<std::string> names_;            // a record may point to one: never moved
  std::unordered_map<std::string_view, SymbolId> ids_;
  std::vector<Route> routes_;  // by code
  LeaderFeed leader_;
  std::vector<LeaderFeed> named_;  // in the order of Pipeline::leaders()
  std::atomic<std::uint32_t> flags_ = 0;
  std::uint64_t next_seq_ = 0;
  TimeNs now_ns_ = kNoTime;                           // of on_time
  std::size_t first_polled_ = 0;                      ///< links take turns
  std::vector<std::shared_ptr<Snapshot>> snapshots_;  // whose markers may still be in progress
  queue::Parker parker_;
  std::vector<std::unique_ptr<Link>> links_;  // last: threads end before what they use goes
};

}  // namespace tickeng
