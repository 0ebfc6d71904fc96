// The suffixes of a window's oldest block, one for each value of the present block, and those that
// are being built for the next one. Serves AnchoredWindow.
#pragma once

#include <algorithm>
#include <cstddef>

#include "tickeng/stat/room.hpp"

namespace tickeng::stat {

/// `Sums` as there.
template <class Sums>
class SuffixTables {
  static constexpr std::size_t kCell = Sums::kParts * Sums::kLanes;

 public:
  explicit SuffixTables(std::size_t block)
      : block_(block), present_(make_rows(Room::of(block) * kCell, block * kCell)),
        next_(present_) {}

  void grow(std::size_t rows) {
    for (Rows* table : {&present_, &next_}) {
      stat::grow(*table, std::min(rows, block_) * kCell, block_ * kCell);
    }
  }
  /// Whether there is memory for a block. Before that nothing has left, and all suffixes are zeros.
  [[nodiscard]] bool whole() const noexcept { return next_.size() == block_ * kCell; }
  template <class Access>
  [[nodiscard, gnu::always_inline]] auto get(Access a, std::size_t i) const noexcept {
    return Sums::get(a, present_.data(), i);
  }
  [[nodiscard]] double* next() noexcept { return next_.data(); }
  /// The next block starts.
  void advance() noexcept { present_.swap(next_); }
  template <class Access>
  void clear(Access a) noexcept {
    for (Rows* table : {&present_, &next_}) {
      for (std::size_t i = 0; i < table->size() / kCell; ++i) Sums::put(a, table->data(), i, {});
    }
  }

 private:
  std::size_t block_;
  Rows present_, next_;
};

}  // namespace tickeng::stat
