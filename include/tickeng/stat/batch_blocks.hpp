// A long batch of one window, kSide of its blocks side by side. Spec: B-02 to B-05, B-08.
//
// Inside a block each prefix waits for the one before, but the blocks do not wait for one another:
// what a block starts from follows from totals of whole blocks. So lane l does block l of every
// kSide, each lane in the very order of operations of AnchoredWindow (same suffixes, same prefixes,
// same start), and the bits are those of push().
// Trap: reads the W values before the first block from the input itself.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "tickeng/stat/tiles.hpp"

namespace tickeng::stat {

/// Values that are handed to run_blocks at once, at least: bounds its memory.
inline constexpr std::size_t kStretch = 65536;

/// Where the blocks of a window lie: W = h + (m + 1) B, h values before m whole blocks and one
/// more.
struct BlockGrid {
  std::size_t window, block;

  [[nodiscard]] std::size_t head() const noexcept { return window % block; }
  [[nodiscard]] std::size_t whole() const noexcept { return window / block - 1; }
};

/// `blocks` blocks (a multiple of kSide) from x on, their outputs to y. `Work` does one row of
/// lanes: Cell<kSide> types Older and Newer, close(i, x) for block i counted from the first of the
/// whole blocks before, start(i, x) -> Newer for kSide blocks whose middle begins with block i and
/// of which x is the first value, extend(older, x), take(newer, x), join(x, older, newer) ->
/// output.
template <class Work>
void run_blocks(Work& work, BlockGrid grid, const double* x, std::size_t blocks,
                double* y) noexcept {
  using Older = typename Work::Older;
  const std::size_t block = grid.block, before = grid.whole();
  Older* const waiting = work.waiting();
  std::size_t closed = 0;
  for (std::size_t b = 0; b < blocks; b += kSide) {
    for (; closed < before + b + kSide; ++closed) {
      work.close(closed, x + closed * block - before * block);
    }
    const double* const rows = x + b * block;
    typename Work::Newer newer = work.start(b, rows);
    Older older = work.none();
    each_row<true>(rows - grid.window, block, block, [&](std::size_t i, Side v) {
      waiting[i] = older;
      older = work.extend(older, v);
    });
    map_rows(rows, y + b * block, block, block, [&](std::size_t i, Side v) {
      newer = work.take(newer, v);
      return work.join(v, waiting[i], newer);
    });
  }
}

/// Reads the indices of a window's state.
struct WindowReader {
  static constexpr bool kLoads = false;
  std::uint64_t first = 0, next = 0;

  template <class T>
  void array(std::string_view, std::span<T>) {}
  void number(std::string_view name, std::uint64_t value) {
    (name == "first" ? first : next) = value;
  }
};

/// Puts a window where `next` values have come, of which the last W end before `end`.
struct WindowLoader {
  static constexpr bool kLoads = true;
  const double* end;
  std::uint64_t first, next;

  void array(std::string_view, std::span<double> values) {
    const std::size_t window = values.size();
    for (std::size_t i = 0; i < window; ++i) {
      values[static_cast<std::size_t>((next - window + i) % window)] = *(end - window + i);
    }
  }
  void number(std::string_view name, std::uint64_t& value) {
    value = name == "first" ? first : next;
  }
  [[nodiscard]] static std::uint64_t rows() noexcept { return UINT64_MAX; }
  void require(bool, std::string_view) const {}
};

/// The window's outputs for n values: push(x) until it is full, few(x, n, y) for what is short,
/// many(x, blocks, y) for long stretches of whole blocks. All give the same bits.
template <class Window, class Push, class Few, class Many>
void run_window(Window& window, BlockGrid grid, const double* x, std::size_t n, double* y,
                Push push, Few few, Many many) {
  std::size_t i = 0;
  for (; i < n && !window.full(); ++i) y[i] = push(x[i]);
  if (n - i >= 3 * grid.window + 2 * kSide * grid.block) {
    WindowReader at;
    window.state(at);
    const std::size_t lead =
        grid.window + (grid.block - (at.next + grid.window) % grid.block) % grid.block;
    few(x + i, lead, y + i);
    i += lead;
    const std::size_t most = std::max(kStretch, 8 * grid.window) / grid.block / kSide * kSide;
    std::uint64_t next = at.next + lead;
    while (const std::size_t blocks = std::min(most, (n - i) / grid.block / kSide * kSide)) {
      many(x + i, blocks, y + i);
      i += blocks * grid.block;
      next += blocks * grid.block;
    }
    WindowLoader to{x + i, at.first, next};
    window.state(to);
  }
  few(x + i, n - i, y + i);
}

}  // namespace tickeng::stat
