// The frame that every windowed sum shares: blocks cut at absolute indices, sums only ever added.
//
// Time is cut at absolute multiples of a block length B. While a block fills, the window is
//   suffix of the oldest block + middle + prefix of the block under way.
// The suffixes stand in a table that the block before has built, a few entries at a time, so that a
// tick costs one table load and one addition, and a block's start O(B/8 + W/B), with no spike.
// Nothing is subtracted when a value leaves, so no error outlives its cause, and the result depends
// on the last W values and their indices alone: any restart on the same indices gives the same
// bits. Trap: the grid follows the index given to reset(), not the number of values seen.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tickeng::stat {

/// Block length for a window: the power of two from sqrt(2 W) and from 128 on, but at most W/share.
/// Longer blocks make a tick cheaper on average and a block's start dearer.
[[nodiscard]] inline std::size_t block_length(std::size_t window, std::size_t share = 2) noexcept {
  std::size_t block = 1;
  while ((block < 128 || block * block < 2 * window) && 2 * share * block <= window) block *= 2;
  return block;
}

/// Read access to the raw ring by absolute index. Its capacity is a multiple of the block length,
/// so that no block wraps.
struct RingView {
  const double* values;
  std::size_t capacity;

  [[nodiscard]] std::size_t slot(std::uint64_t index) const noexcept {
    return static_cast<std::size_t>(index % capacity);
  }
  /// The n values from `index` on as one piece; copied to `scratch` where they wrap.
  [[nodiscard]] const double* piece(std::uint64_t index, std::size_t n,
                                    std::vector<double>& scratch) const noexcept {
    const std::size_t at = slot(index);
    if (at + n <= capacity) return values + at;
    const std::size_t head = capacity - at;
    for (std::size_t i = 0; i < n; ++i) scratch[i] = values[i < head ? at + i : i - head];
    return scratch.data();
  }
};

/// Values that a columnar driver handles at once.
inline constexpr std::size_t kPiece = 256;

/// `Sums` says what is summed: kShare (block_length), Cell (a sum, or several), restart(), seed(x)
/// for the first value, close(ring, start) for the block that ends before `start`;
/// open(ring, from, from_next, start) when a block starts: `from` is what stays in its windows, and
/// `from_next` in those of the next block; extend(cell, x) by one older value, for the next block;
/// add(suffix, x) for the newest. In columns: Cells (places for up to kPiece sums),
/// add(suffixes, x, n, cells), and scan(oldest, x, n, cells) for a whole block, of which value k
/// replaces oldest[k - 1].
template <class Sums>
class AnchoredWindow {
 public:
  using Cell = typename Sums::Cell;

  explicit AnchoredWindow(std::size_t window)
      : window_(window), block_(block_length(window, Sums::kShare)),
        ring_((window + block_ - 1) / block_ * block_, 0.0), suffixes_(block_),
        next_suffixes_(block_), sums_(window, block_) {
    reset(0);
  }

  /// Empties the window; `index` is the absolute index of the next value.
  void reset(std::uint64_t index) noexcept {
    first_ = next_ = index;
    origin_ = index - index % block_;
    place();
    count_ = built_ = 0;
    sums_.restart();
    for (Cell& cell : suffixes_) cell = Cell{};
  }

  /// Adds x and returns the sums over the window that ends with it.
  Cell push(double x) noexcept {
    if (count_ == 0) sums_.seed(x);
    if (count_ < window_) ++count_;
    return advance(x);
  }
  /// The same when full(), without the questions a filling window asks.
  [[gnu::always_inline]] Cell advance(double x) noexcept {
    const std::size_t offset = next_ & (block_ - 1);
    if (offset % kStride == 0) [[unlikely]] {
      prepare(offset);
    }
    ring_[slot_] = x;
    if (++slot_ == ring_.size()) slot_ = 0;
    ++next_;
    return sums_.add(suffixes_[offset], x);
  }

  /// The same for n values at once: calls piece(first, count) when the sums for these values are
  /// where cells(first) said. Precondition: full(); cells are not x.
  template <class Cells, class Piece>
  void run(const double* x, std::size_t n, Cells cells, Piece piece) noexcept {
    for (std::size_t done = 0; done < n;) {
      const std::size_t offset = next_ & (block_ - 1);
      const std::size_t m = std::min({n - done, block_ - offset, kPiece});
      if (m == block_) {  // a block that comes whole needs no table
        open();
        const double* oldest = view().piece(next_ + 1 - window_, block_ - 1, sums_.scratch());
        sums_.scan(oldest, x + done, m, cells(done));
      } else {
        if (offset == 0) prepare(0);
        sums_.add(suffixes_.data() + offset, x + done, m, cells(done));
      }
      std::copy_n(x + done, m, ring_.data() + slot_);
      piece(done, m);
      done += m;
      next_ += m;
      slot_ = slot_ + m == ring_.size() ? 0 : slot_ + m;
    }
  }

  [[nodiscard]] std::size_t window() const noexcept { return window_; }
  /// Values in the window: the pushes so far, at most W.
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] bool full() const noexcept { return count_ == window_; }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] const Sums& sums() const noexcept { return sums_; }

  /// Logical state only: the values in the window and two indices; all else is rebuilt.
  template <class Visitor>
  void state(Visitor& v) {
    std::vector<double> values(window_, 0.0);
    const auto each = [&](auto copy) {
      for (std::uint64_t i = next_ - std::min<std::uint64_t>(next_ - first_, window_); i < next_;
           ++i) {
        copy(values[static_cast<std::size_t>(i % window_)], ring_[view().slot(i)]);
      }
    };
    if constexpr (!Visitor::kLoads) each([](double& to, double from) { to = from; });
    v.array("values", std::span<double>(values));
    v.number("first", first_);
    v.number("next", next_);
    if constexpr (Visitor::kLoads) {
      v.require(next_ >= first_, "window indices");
      each([](double from, double& to) { to = from; });
      rebuild();
    }
  }

 private:
  [[nodiscard]] RingView view() const noexcept { return {ring_.data(), ring_.size()}; }

  void place() noexcept { slot_ = view().slot(next_); }

  /// Every kStride ticks: starts a block, and takes the next table some entries further.
  [[gnu::noinline]] void prepare(std::size_t offset) noexcept {
    if (offset == 0) {
      build(block_);
      suffixes_.swap(next_suffixes_);
      open();
    }
    build(std::min(offset + kStride, block_));
  }
  /// Starts the block at next_, a multiple of block_.
  void open() noexcept {
    if (next_ >= first_ + block_) sums_.close(view(), next_);
    const auto kept =
        [this](std::uint64_t end) {  // oldest index in all windows of the block to end
          return end > window_ + first_ ? end - window_ : first_;
        };
    sums_.open(view(), kept(next_ + block_), kept(next_ + 2 * block_), next_);
    origin_ = next_;
    built_ = 0;
  }
  /// Suffixes for the block after the one at origin_, from the last entry down: entry k covers what
  /// is left of the oldest values when k + 1 of that block have come.
  void build(std::size_t until) noexcept {
    if (built_ == 0 && until > 0) {
      next_suffixes_[block_ - 1] = Cell{};
      built_ = 1;
    }
    if (built_ >= until) return;
    Cell cell = next_suffixes_[block_ - built_];
    Cell* out = next_suffixes_.data() + (block_ - built_);
    const std::size_t n = until - built_;
    const std::uint64_t index = origin_ + 2 * block_ - built_;  // plus W: see next line
    const std::uint64_t before = first_ + window_;              // lower ones never were
    const std::uint64_t there = index < before ? 0 : std::min<std::uint64_t>(n, index - before + 1);
    const auto back = static_cast<std::size_t>(next_ + window_ - index);
    std::size_t slot = there == 0 || slot_ >= back ? slot_ - back : slot_ + ring_.size() - back;
    for (std::size_t i = 0; i < there; ++i) {
      *--out = cell = sums_.extend(cell, ring_[slot]);
      slot = slot == 0 ? ring_.size() - 1 : slot - 1;
    }
    for (std::size_t i = there; i < n; ++i) *--out = cell;
    built_ = until;
  }

  /// Replays what the ring still holds: whole blocks, then the block under way.
  void rebuild() noexcept {
    const std::uint64_t end = next_, first = first_;
    reset(first);
    if (end == first) return;
    count_ = end - first < window_ ? static_cast<std::size_t>(end - first) : window_;
    const std::uint64_t lowest = end - count_;
    const std::uint64_t last = (end - 1) - (end - 1) % block_;  // start of the newest block
    std::uint64_t start = lowest + (block_ - lowest % block_) % block_ + block_;
    for (; start + block_ < last; start += block_) sums_.close(view(), start);
    for (start = last >= block_ ? last - block_ : last; start <= last; start += block_) {
      if (start < first) continue;
      next_ = start;
      place();
      prepare(0);
    }
    next_ = last > first ? last : first;
    if (next_ == first) sums_.seed(ring_[view().slot(first)]);
    for (; next_ < end; ++next_) {
      const auto at = static_cast<std::size_t>(next_ % block_);
      (void)sums_.add(suffixes_[at], ring_[view().slot(next_)]);
      if (at % kStride == 0) {
        place();
        build(std::min(at + kStride, block_));
      }
    }
    place();
  }

  static constexpr std::size_t kStride = 8;

  std::size_t window_, block_;
  std::vector<double> ring_;
  std::vector<Cell> suffixes_, next_suffixes_;  // of the block under way, and of the one after
  Sums sums_;
  std::uint64_t first_ = 0, next_ = 0, origin_ = 0;
  std::size_t slot_ = 0, count_ = 0, built_ = 0;
};

}  // namespace tickeng::stat
