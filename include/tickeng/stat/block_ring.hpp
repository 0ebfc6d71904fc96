// Values of a window's whole blocks, by block: kept twice, one ring length apart, so that any run
// of blocks is one piece of memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "tickeng/stat/room.hpp"

namespace tickeng::stat {

/// How long the ring is, for all columns that share it.
class BlockRing {
 public:
  BlockRing(std::size_t window, std::size_t block)
      : block_(block), most_(window / block + 2), size_(blocks(Room::of(window))) {}

  /// The slot of the block that starts at `start`; the same values stand size() further on.
  [[nodiscard]] std::size_t slot(std::uint64_t start) const noexcept {
    return static_cast<std::size_t>(start / block_ % size_);
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// A column of L values a block.
  template <std::size_t L>
  [[nodiscard]] Rows column() const {
    return make_rows(2 * size_ * L, 2 * most_ * L);
  }
  /// Memory for the blocks before this row, in all columns; no block has been replaced yet.
  template <class... Columns>
  void grow(std::size_t rows, Columns&... columns) {
    const std::size_t n = blocks(rows);
    if (n <= size_) return;
    const auto copied = [&](const Rows& from) {
      const std::size_t half = from.size() / 2, width = half / size_;
      Rows more = make_rows(2 * n * width, 2 * most_ * width);
      std::copy_n(from.data(), half, more.data());
      std::copy_n(from.data(), half, more.data() + n * width);
      return more;
    };
    // All of them before one is changed: there may be no memory.
    [&](auto... more) { ((columns = std::move(more)), ...); }(copied(columns)...);
    size_ = n;
  }

 private:
  [[nodiscard]] std::size_t blocks(std::size_t rows) const noexcept {
    return std::min(most_, rows / block_ + 2);
  }

  std::size_t block_, most_, size_;
};

}  // namespace tickeng::stat
