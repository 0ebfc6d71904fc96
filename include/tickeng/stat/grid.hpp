// The absolute grid that windows are cut on, and their raw values by absolute index.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace tickeng::stat {

/// Rows that a columnar driver handles at once.
inline constexpr std::size_t kPiece = 256;

/// Block length for a window: the power of two from sqrt(2 W) and from 128 on, but at most W/share.
/// Longer blocks make a tick cheaper on average and a block's start dearer.
[[nodiscard]] inline std::size_t block_length(std::size_t window, std::size_t share = 2) noexcept {
  std::size_t block = 1;
  while ((block < 128 || block * block < 2 * window) && 2 * share * block <= window) block *= 2;
  return block;
}

/// The raw values by absolute index. The capacity is a multiple of the block length, so that no
/// block wraps.
template <std::size_t L>
struct RingView {
  const double* rows;
  std::size_t capacity;

  [[nodiscard]] std::size_t slot(std::uint64_t index) const noexcept {
    return static_cast<std::size_t>(index % capacity);
  }
  /// The rows from `index` on; they lie behind one another to the end of its block.
  [[nodiscard]] const double* from(std::uint64_t index) const noexcept {
    return rows + slot(index) * L;
  }
  /// n rows from `index` on; by way of `wrapped` where they wrap.
  [[nodiscard]] const double* stretch(std::uint64_t index, std::size_t n,
                                      double* wrapped) const noexcept {
    const std::size_t head = capacity - slot(index);
    if (n <= head) return from(index);
    std::copy_n(from(index), head * L, wrapped);
    std::copy_n(rows, (n - head) * L, wrapped + head * L);
    return wrapped;
  }
};

}  // namespace tickeng::stat
