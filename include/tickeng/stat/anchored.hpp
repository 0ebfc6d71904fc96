// The frame that every windowed sum shares: blocks cut at absolute indices, sums only ever added.
//
// Time is cut at absolute multiples of a block length B ~ sqrt(2 W). While a block fills, the
// window is
//   suffix of the oldest block + middle + prefix of the block under way.
// At a block's start `history` is tabulated once for its B ticks (middle + ever shorter suffix), so
// a tick costs one table load and one addition; a block start costs O(B + W/B). Nothing is
// subtracted when a value leaves, so no error outlives its cause, and the result depends on the
// last W values and their indices alone: any restart on the same indices gives the same bits.
// Trap: the anchor grid follows the index given to reset(), not the number of values seen.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tickeng::stat {

/// Block length for a window: the power of two from sqrt(2 W) and from 128 on, but at most W/2.
/// Longer blocks make a tick cheaper on average and a block's start dearer.
[[nodiscard]] inline std::size_t block_length(std::size_t window) noexcept {
  std::size_t block = 1;
  while ((block < 128 || block * block < 2 * window) && block * 4 <= window) block *= 2;
  return block;
}

/// Read access to the raw ring by absolute index.
struct RingView {
  const double* values;
  std::size_t window;

  [[nodiscard]] std::size_t slot(std::uint64_t index) const noexcept {
    return static_cast<std::size_t>(index % window);
  }
  /// The n values from `index` on as one piece; copied to `scratch` where they wrap.
  [[nodiscard]] const double* piece(std::uint64_t index, std::size_t n,
                                    std::vector<double>& scratch) const noexcept {
    const std::size_t at = slot(index);
    if (at + n <= window) return values + at;
    const std::size_t head = window - at;
    for (std::size_t i = 0; i < n; ++i) scratch[i] = values[i < head ? at + i : i - head];
    return scratch.data();
  }
};

/// Values that a columnar driver handles at once.
inline constexpr std::size_t kPiece = 256;

/// `Sums` says what is summed: Cell (a sum, or several), restart(), seed(x) for the first value,
/// close(ring, start) for the block that ends before `start`, middle(ring, from, start),
/// extend(cell, x) by one older value, add(cell, x) for the newest. In columns: Cells (places for
/// up to kPiece sums), add(history, x, n, cells), and scan(middle, oldest, x, n, cells) for a whole
/// block, of which value k replaces oldest[k - 1].
template <class Sums>
class AnchoredWindow {
 public:
  using Cell = typename Sums::Cell;

  explicit AnchoredWindow(std::size_t window)
      : window_(window), block_(block_length(window)), ring_(window, 0.0), history_(block_),
        sums_(window, block_) {
    reset(0);
  }

  /// Empties the window; `index` is the absolute index of the next value.
  void reset(std::uint64_t index) noexcept {
    first_ = next_ = index;
    count_ = 0;
    place();
    sums_.restart();
    for (Cell& cell : history_) cell = Cell{};
  }

  /// Adds x and returns the sums over the window that ends with it.
  [[gnu::always_inline]] Cell push(double x) noexcept {
    const std::size_t offset = next_ & (block_ - 1);
    if (offset == 0) [[unlikely]]
      begin_block();
    if (count_ < window_) [[unlikely]] {
      if (count_ == 0) sums_.seed(x);
      ++count_;
    }
    ring_[slot_] = x;
    ++next_;
    if (++slot_ == window_) slot_ = 0;
    return sums_.add(history_[offset], x);
  }

  /// The same for n values at once: calls piece(first, count) when the sums for these values are
  /// where cells(first) said. Precondition: full(); cells are not x.
  template <class Cells, class Piece>
  void run(const double* x, std::size_t n, Cells cells, Piece piece) noexcept {
    for (std::size_t done = 0; done < n;) {
      const std::size_t offset = next_ & (block_ - 1);
      const std::size_t m = std::min({n - done, block_ - offset, window_ - slot_, kPiece});
      double* const ring = ring_.data() + slot_;
      if (m == block_) {  // no later tick needs the history of a block that comes whole
        sums_.scan(middle(), ring + 1, x + done, m, cells(done));
      } else {
        if (offset == 0) begin_block();
        sums_.add(history_.data() + offset, x + done, m, cells(done));
      }
      std::copy_n(x + done, m, ring);
      piece(done, m);
      done += m;
      next_ += m;
      slot_ = slot_ + m == window_ ? 0 : slot_ + m;
    }
  }

  [[nodiscard]] std::size_t window() const noexcept { return window_; }
  /// Values in the window: the pushes so far, at most W.
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] bool full() const noexcept { return count_ == window_; }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] const Sums& sums() const noexcept { return sums_; }

  /// Logical state only: the raw ring and two indices; totals and history are rebuilt.
  template <class Visitor>
  void state(Visitor& v) {
    v.array("ring", std::span<double>(ring_));
    v.number("first", first_);
    v.number("next", next_);
    if constexpr (Visitor::kLoads) {
      v.require(next_ >= first_, "window indices");
      rebuild();
    }
  }

 private:
  [[nodiscard]] RingView view() const noexcept { return {ring_.data(), window_}; }

  void place() noexcept { slot_ = static_cast<std::size_t>(next_ % window_); }

  /// Folds the block that ended before next_; the sums over what stays in the window until the
  /// block that starts there ends.
  [[gnu::noinline]] Cell middle() noexcept {
    if (next_ >= first_ + block_) sums_.close(view(), next_);
    const std::uint64_t oldest = next_ + block_ > window_ ? next_ + block_ - window_ : 0;
    return sums_.middle(view(), oldest > first_ ? oldest : first_, next_);
  }
  /// Tabulates history for the block that starts at next_, a multiple of block_.
  [[gnu::noinline]] void begin_block() noexcept {
    Cell cell = middle();
    history_[block_ - 1] = cell;
    // Position k still holds index next_ + k + 1 - W; before the first value there is nothing.
    const std::uint64_t absent = first_ + window_ > next_ ? first_ + window_ - next_ : 0;
    std::size_t slot = (slot_ + block_ - 1) % window_;
    for (std::size_t k = block_ - 1; k-- > 0;) {
      if (k + 1 >= absent) cell = sums_.extend(cell, ring_[slot]);
      slot = slot == 0 ? window_ - 1 : slot - 1;
      history_[k] = cell;
    }
  }

  /// Replays what the ring still holds: whole blocks, then the block under way.
  void rebuild() noexcept {
    const std::uint64_t end = next_;
    count_ = end - first_ < window_ ? static_cast<std::size_t>(end - first_) : window_;
    sums_.restart();
    for (Cell& cell : history_) cell = Cell{};
    if (count_ > 0) {
      const std::uint64_t lowest = end - count_;
      const std::uint64_t last = (end - 1) - (end - 1) % block_;  // start of the newest block
      std::uint64_t start = lowest + (block_ - lowest % block_) % block_;
      for (start += block_; start < last; start += block_) sums_.close(view(), start);
      next_ = last > first_ ? last : first_;
      place();
      if (next_ % block_ == 0) begin_block();
      if (next_ == first_) sums_.seed(ring_[slot_]);
      for (; next_ < end; ++next_) {
        const std::uint64_t at = next_;
        (void)sums_.add(history_[static_cast<std::size_t>(at % block_)], ring_[at % window_]);
      }
    }
    place();
  }

  std::size_t window_, block_;
  std::vector<double> ring_;
  std::vector<Cell> history_;
  Sums sums_;
  std::uint64_t first_ = 0, next_ = 0;
  std::size_t slot_ = 0, count_ = 0;
};

}  // namespace tickeng::stat
