// Rows of L values by absolute index, and the block of them that is under way. The capacity is a
// multiple of a block, so that no block wraps; there may be memory for the first of them only.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "tickeng/stat/grid.hpp"
#include "tickeng/stat/room.hpp"
#include "tickeng/stat/vec.hpp"

namespace tickeng::stat {

template <std::size_t L>
class GridRing {
 public:
  GridRing(std::size_t window, std::size_t block)
      : capacity_((window + block - 1) / block * block),
        rows_(make_rows(Room::of(capacity_) * L, capacity_ * L)) {}
  /// Memory for the rows before this index.
  void grow(std::size_t rows) { stat::grow(rows_, std::min(rows, capacity_) * L, capacity_ * L); }

  [[nodiscard]] RingView<L> view() const noexcept { return {rows_.data(), capacity_}; }
  [[nodiscard]] double* data() noexcept { return rows_.data(); }
  /// The block under way starts at `index`, a multiple of its length.
  void stand_at(std::uint64_t index) noexcept { start_ = view().slot(index); }
  // Rows by their offset in the block under way.
  template <class Access>
  [[nodiscard]] auto get(Access a, std::size_t offset) const noexcept {
    return a.get(rows_.data(), start_ + offset);
  }
  [[gnu::always_inline]] void put(std::size_t offset, Vec<L> row) noexcept {
    All<L>{}.put(rows_.data(), start_ + offset, row);
  }
  void put(std::size_t offset, const double* rows, std::size_t n) noexcept {
    std::copy_n(rows, n * L, rows_.data() + (start_ + offset) * L);
  }
  /// The slot `back` rows before that of an offset; back <= capacity.
  [[nodiscard]] std::size_t slot_before(std::size_t offset, std::size_t back) const noexcept {
    const std::size_t slot = start_ + offset;
    return slot >= back ? slot - back : slot + capacity_ - back;
  }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  /// Whether there is memory for all rows.
  [[nodiscard]] bool whole() const noexcept { return rows_.size() == capacity_ * L; }

 private:
  std::size_t capacity_;
  Rows rows_;
  std::size_t start_ = 0;
};

}  // namespace tickeng::stat
