// The frame that every windowed sum shares: blocks cut at absolute indices, sums only ever added.
//
// Time is cut at absolute multiples of a block length B. While a block fills, the window is
//   suffix of the oldest block + middle + prefix of the block under way.
// The suffixes stand in a table that the block before has built, a few entries at a time, so that a
// tick costs one load and one addition, and a block's start O(B/8 + W/B). Nothing is subtracted
// when a value leaves: the result depends on the last W values and their indices alone, and any
// restart on the same indices gives the same bits. L windows may go in lockstep, as lanes; a lane
// starts at its first value that is not NaN and is worked on alone (One) while any fills, with the
// others (All) from then on.
// Trap: the grid follows the index given to reset(), not the number of values seen.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tickeng/stat/grid_ring.hpp"
#include "tickeng/stat/starts.hpp"
#include "tickeng/stat/suffix_tables.hpp"
#include "tickeng/stat/vec.hpp"

namespace tickeng::stat {

/// `Sums` says what is summed: kLanes, kShare (block_length), Cell<Value> (a sum, or several), the
/// kParts rows that a cell takes in a table, get(a, table, i) and put(a, table, i, cell), where a
/// is an access (vec.hpp); restart(); seed(a, x) for a lane's first value; close(ring, start)
/// for the block that ends before `start`, in all lanes; open(a, ring, from, start) when a block
/// starts, of which the values from `from` on stay in its windows; plan(a, ring, from, start) the
/// same for the next block's; extend(a, cell, x) by one older value, for the next block; add(a,
/// suffix, x) for the newest; grow(rows). In columns: Cells (positions for up to kPiece sums), and
/// scan(oldest, x, n, cells) for a block, of which row k replaces row k - 1 of oldest.
template <class Sums>
class AnchoredWindow {
  static constexpr std::size_t L = Sums::kLanes;
  using LaneStarts = Starts<L, requires { Sums::kJoint; }>;
  template <class Access>
  using CellOf = typename Sums::template Cell<typename Access::Value>;

 public:
  using Value = Vec<L>;
  using Cell = CellOf<All<L>>;

  explicit AnchoredWindow(std::size_t window)
      : window_(window), block_(block_length(window, Sums::kShare)), ring_(window, block_),
        suffixes_(block_), sums_(window, block_), starts_(window) {
    reset(0);
  }

  /// Memory for the values before this index (room.hpp).
  void grow(std::size_t rows) {
    ring_.grow(rows);
    sums_.grow(rows);
    suffixes_.grow(rows);
  }
  /// Empties all windows; `index` is the absolute index of the next value.
  void reset(std::uint64_t index) noexcept {
    stand_at(index);
    starts_.reset();
    sums_.restart();
    suffixes_.clear(All<L>{});
  }

  /// Adds x; the sums over the windows that end with it. A lane that has not started: anything.
  Cell push(Value x) noexcept { return ready(x) || catch_up(x) ? push_ready(x) : fill(x); }
  /// True when every lane that started is full, x starts none, and no table is due.
  [[nodiscard, gnu::always_inline]] bool ready(Value x) const noexcept {
    return offset_ != turn_ && !starts_.begins(x);
  }
  /// Builds what is due, so that it is ready for x; false when some window fills, or starts with x.
  [[nodiscard, gnu::noinline]] bool catch_up(Value x) noexcept {
    if (!full() || starts_.begins(x)) return false;
    prepare([](auto f) { f(All<L>{}, 0); });
    turn_ = (offset_ | (stride() - 1)) + 1;
    return true;
  }
  /// The same as push(x) when ready(x).
  [[gnu::always_inline]] Cell push_ready(Value x) noexcept {
    const std::size_t offset = offset_++;
    ring_.put(offset, x);
    return sums_.add(All<L>{}, suffixes_.get(All<L>{}, offset), x);
  }
  /// The same as push(x) when neither ready(x) nor catch_up(x): some window fills, or starts.
  [[nodiscard, gnu::noinline]] Cell fill(Value x) noexcept {
    if (const int lanes = starts_.starting(x)) start(x, lanes);
    prepare([this](auto f) { starts_.each(f); });
    turn_ = offset_ + 1;
    return push_ready(x);
  }

  /// The same for n rows: calls piece(first, count) when the sums for these rows are where
  /// cells(first) said. Precondition: full(), and no x starts a lane; cells are not x.
  template <class Cells, class Piece>
  void run(const double* x, std::size_t n, Cells cells, Piece piece) noexcept {
    const auto each = [](auto f) { f(All<L>{}, 0); };
    for (std::size_t done = 0; done < n;) {
      const std::size_t room = offset_ == block_ ? block_ : block_ - offset_;
      const std::size_t m = std::min({n - done, room, kPiece});
      const double* const rows = x + done * L;
      if (m == block_) {  // a block that comes whole needs no table
        plan(each);
        begin(origin_ + block_, each);
        plan(each);
        alignas(64) double wrapped[kPiece * L];
        sums_.scan(ring_.view().stretch(origin_ + 1 - window_, block_ - 1, wrapped), rows, m,
                   cells(done));
      } else {
        if (offset_ == block_) prepare(each);
        for (std::size_t i = 0; i < m; ++i) {
          const Cell suffix = suffixes_.get(All<L>{}, offset_ + i);
          Sums::store(cells(done), i, sums_.add(All<L>{}, suffix, All<L>{}.get(rows, i)));
        }
      }
      ring_.put(offset_, rows, m);
      offset_ += m;
      piece(done, m);
      done += m;
    }
    turn_ = offset_;
  }
  /// As after n more values that nobody has seen: lanes that started count as full.
  void skip(std::uint64_t n) noexcept { stand_at(next() + n), rebuild(); }
  /// Lanes that started in `before`, which these windows continue, started there.
  void follow(const AnchoredWindow& before) noexcept { starts_.follow(before.starts_); }
  [[nodiscard]] std::size_t window() const noexcept { return window_; }
  [[nodiscard]] bool started(std::size_t lane = 0) const noexcept { return starts_.started(lane); }
  /// Values in a window: at most W.
  [[nodiscard]] std::size_t count(std::size_t lane = 0) const noexcept {
    return static_cast<std::size_t>(std::min<std::uint64_t>(starts_.seen(next(), lane), window_));
  }
  [[nodiscard]] Value counts() const noexcept {
    return each_lane<L>([this](std::size_t l) { return static_cast<double>(count(l)); });
  }
  /// Ticks on which a window was full.
  [[nodiscard]] std::uint64_t full_ticks(std::size_t lane = 0) const noexcept {
    return std::max<std::uint64_t>(starts_.seen(next(), lane), window_ - 1) - (window_ - 1);
  }
  [[nodiscard]] bool full() const noexcept { return starts_.full(next()); }
  [[nodiscard]] const Sums& sums() const noexcept { return sums_; }
  [[nodiscard]] RingView<L> ring() const noexcept { return ring_.view(); }
  /// Absolute index of the next value.
  [[nodiscard]] std::uint64_t next() const noexcept { return origin_ + offset_; }

  /// State of one lane: the values in its window and two indices; all else is rebuilt. Lanes are
  /// loaded from 0 up to the `last`, and must stand at one index.
  template <class Visitor>
  void state(Visitor& v, std::size_t lane = 0, bool last = L == 1) {
    std::vector<double> values(window_, 0.0);
    std::uint64_t first = starts_.first(lane), next = this->next();
    const auto each = [&](auto copy) {
      const std::uint64_t seen = first == LaneStarts::kNever ? 0 : next - first;
      for (std::uint64_t i = next - std::min<std::uint64_t>(seen, window_); i < next; ++i) {
        copy(values[static_cast<std::size_t>(i % window_)],
             ring_.data()[ring_.view().slot(i) * L + lane]);
      }
    };
    if constexpr (!Visitor::kLoads) each([](double& to, double from) { to = from; });
    v.array("values", std::span<double>(values));
    v.number("first", first);
    v.number("next", next);
    if constexpr (Visitor::kLoads) {
      if (lane == 0) reset(next);
      const bool fits = next < LaneStarts::kNever / 2 && (ring_.whole() || next <= v.rows());
      v.require(next == this->next() && fits && (first == LaneStarts::kNever || first < next),
                "window indices");
      starts_.set(lane, first);
      each([](double from, double& to) { to = from; });
      if (last) rebuild();
    }
  }

 private:
  [[nodiscard]] std::size_t stride() const noexcept { return std::min<std::size_t>(16, block_); }
  void stand_at(std::uint64_t index) noexcept {
    begin(index - index % block_, [](auto) {});
    turn_ = offset_ = static_cast<std::size_t>(index % block_);
    planned_ = true;
  }
  /// Tables hold zeros where nothing leaves: lanes that idled while others were full left none.
  [[gnu::noinline]] void start(Value x, int lanes) noexcept {
    alignas(64) double values[L];
    All<L>{}.put(values, 0, x);
    const int stale = full() ? starts_.idle() : 0;
    for (std::size_t l = 0; l < L; ++l) {
      if ((stale >> l & 1) != 0) suffixes_.clear(One<L>{l});
      if ((lanes >> l & 1) == 0) continue;
      starts_.set(l, next());
      sums_.seed(One<L>{l}, values[l]);
    }
  }
  /// Starts a block, or takes the next one's table some entries further, where it is time.
  template <class Each>
  void prepare(Each each) noexcept {
    if ((offset_ & (stride() - 1)) != 0) return;
    plan(each);
    each([&](auto a, std::uint64_t first) { build(a, first); });
    built_ = std::max(built_, offset_);
    if (offset_ < block_) return;
    suffixes_.advance();
    begin(origin_ + block_, each);
  }
  /// Oldest index in all windows of the block that ends before `end`, of a lane since `first`.
  [[nodiscard]] std::uint64_t kept(std::uint64_t end, std::uint64_t first) const noexcept {
    return end > window_ + first ? end - window_ : first;
  }
  /// A block is under way, from `origin` on. `first`: a lane's first index, or 0 for full lanes.
  template <class Each>
  void begin(std::uint64_t origin, Each each) noexcept {
    origin_ = origin;
    offset_ = built_ = 0;
    planned_ = false;
    ring_.stand_at(origin);
    bool closes = false;
    each([&](auto, std::uint64_t first) { closes |= origin_ >= first + block_; });
    if (closes) sums_.close(ring_.view(), origin_);  // no lane reads what was before it
    each([&](auto a, std::uint64_t first) {
      sums_.open(a, ring_.view(), kept(origin_ + block_, first), origin_);
    });
  }
  /// Finds out, once a block, what the next one's table needs.
  template <class Each>
  void plan(Each each) noexcept {
    if (!planned_) {
      each([&](auto a, std::uint64_t first) {
        sums_.plan(a, ring_.view(), kept(origin_ + 2 * block_, first), origin_);
      });
    }
    planned_ = true;
  }
  /// Suffixes for the block after the one at origin_, from the last entry down: entry k covers the
  /// oldest values that are left when k + 1 of that block have come.
  template <class Access>
  void build(Access a, std::uint64_t first) noexcept {
    if (!suffixes_.whole()) return;
    double* const table = suffixes_.next();
    if (built_ == 0 && offset_ > 0) Sums::put(a, table, block_ - 1, {});
    const std::size_t built = std::max<std::size_t>(built_, 1);
    if (built >= offset_) return;
    auto cell = Sums::get(a, table, block_ - built);
    const std::size_t n = offset_ - built;
    const std::uint64_t index = origin_ + 2 * block_ - built;  // plus W: see next line
    const std::uint64_t before = first + window_;              // lower ones never were
    const std::uint64_t there = index < before ? 0 : std::min<std::uint64_t>(n, index - before + 1);
    const std::size_t back = offset_ + window_ + built - 2 * block_;
    std::size_t slot = there == 0 ? 0 : ring_.slot_before(offset_, back);
    std::size_t out = block_ - built;
    const auto take = [&, rows = ring_.data()](std::size_t count) {
#pragma GCC unroll 8
      for (std::size_t i = 0; i < count; ++i) {
        cell = sums_.extend(a, cell, a.get(rows, slot - i));
        Sums::put(a, table, --out, cell);
      }
    };
    const std::size_t piece = std::min(there, slot + 1);
    take(piece);
    slot = ring_.capacity() - 1;
    take(there - piece);
    for (std::size_t i = there; i < n; ++i) Sums::put(a, table, --out, cell);
  }
  /// Replays what the ring holds: whole blocks, then the block under way.
  void rebuild() noexcept {
    suffixes_.clear(All<L>{});
    const std::uint64_t end = next();
    if (end == 0) return;
    const std::uint64_t last = (end - 1) - (end - 1) % block_;  // start of the newest block
    std::uint64_t lowest = end;
    starts_.each([&](auto, std::uint64_t f) { lowest = std::min(lowest, kept(end, f)); });
    std::uint64_t start = lowest + (block_ - lowest % block_) % block_ + block_;
    for (; start + block_ < last; start += block_) sums_.close(ring_.view(), start);
    const auto each = [this](auto f) { starts_.each(f, next()); };
    begin(last >= block_ ? last - block_ : last, each);
    if (origin_ < last) {
      offset_ = block_;
      prepare(each);
    }
    for (; next() < end; ++offset_) {
      if (offset_ > 0) prepare(each);
      each([&](auto a, std::uint64_t first) {
        const auto x = ring_.get(a, offset_);
        if (next() == first) sums_.seed(a, x);
        (void)sums_.add(a, suffixes_.get(a, offset_), x);
      });
    }
    turn_ = offset_;
  }
  std::size_t window_, block_;
  GridRing<L> ring_;
  SuffixTables<Sums> suffixes_;
  Sums sums_;
  LaneStarts starts_;
  std::uint64_t origin_ = 0;                       // where the block under way starts
  std::size_t offset_ = 0, turn_ = 0, built_ = 0;  // in it: of the next value; where more is due
  bool planned_ = true;
};

}  // namespace tickeng::stat
