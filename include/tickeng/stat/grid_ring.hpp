// Rows of L values by absolute index, and the slot that the next row goes to. The capacity is a
// multiple of a block, so that no block wraps; the slot wraps at a block's start only.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "tickeng/stat/grid.hpp"
#include "tickeng/stat/vec.hpp"

namespace tickeng::stat {

template <std::size_t L>
class GridRing {
 public:
  GridRing(std::size_t window, std::size_t block)
      : capacity_((window + block - 1) / block * block), rows_(capacity_ * L) {}

  [[nodiscard]] RingView<L> view() const noexcept { return {rows_.data(), capacity_}; }
  [[nodiscard]] double* data() noexcept { return rows_.data(); }
  [[nodiscard]] std::size_t slot() const noexcept { return slot_; }
  void stand_at(std::uint64_t index) noexcept { slot_ = view().slot(index); }
  /// To be called at a block's start, before anything else.
  void wrap() noexcept {
    if (slot_ == capacity_) slot_ = 0;
  }
  [[gnu::always_inline]] void push(Vec<L> row) noexcept {
    All<L>{}.put(rows_.data(), slot_++, row);
  }
  /// n rows, at most up to the end of a block.
  void push(const double* rows, std::size_t n) noexcept {
    std::copy_n(rows, n * L, rows_.data() + slot_ * L);
    slot_ += n;
    wrap();
  }
  /// The slot `back` rows before the next one; back <= capacity.
  [[nodiscard]] std::size_t slot_before(std::size_t back) const noexcept {
    return slot_ >= back ? slot_ - back : slot_ + capacity_ - back;
  }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

 private:
  std::size_t capacity_;
  Rows rows_;
  std::size_t slot_ = 0;
};

}  // namespace tickeng::stat
