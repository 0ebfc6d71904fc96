// Sums over any stretch of the newest rows, without ever subtracting.
//
// Rows are numbered since the start and grouped by 32, groups by 32 again, on that absolute grid.
// Each has the sum of its group up to it and, once the group is whole, from it on. A sum is then a
// rest, whole groups and a beginning on each level: some ten additions, or 31 where both ends lie
// in one group, whatever its length, and the same bits whatever was asked before. Its error is of
// some 32 roundings a level.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "tickeng/stat/paged_queue.hpp"
#include "tickeng/stat/time_block.hpp"

namespace tickeng::stat {

template <std::size_t L>
class RangeSums {
 public:
  using Row = TimeRow<L>;

  [[nodiscard]] std::size_t size() const noexcept { return levels_[0].size(); }
  [[nodiscard]] const Row& operator[](std::size_t i) const noexcept { return levels_[0][i].x; }

  void append(Row x) {
    for (auto& level : levels_) {
      const std::size_t at = level.size();
      const bool begins = at % kFan == 0 || at == level.start();
      Row prefix = x;
      if (!begins) {
        prefix = level[at - 1].prefix;
        add_to(prefix, x);
      }
      level.append({x, prefix, {}});
      if (at % kFan != kFan - 1) return;
      Row suffix{};
      for (std::size_t i = at + 1; i-- > std::max(at + 1 - kFan, level.start());) {
        add_to(suffix, level[i].x);
        level[i].suffix = suffix;
      }
      x = prefix;
    }
  }
  /// Of rows [begin, end), which are kept.
  [[nodiscard]] Row sum(std::size_t begin, std::size_t end) const noexcept {
    Row left{}, right{};
    for (std::size_t l = 0; begin < end; ++l) {
      const auto& level = levels_[l];
      std::size_t first = begin / kFan;
      const std::size_t last = end / kFan;
      if (first == last) {
        const Node* node = &level[begin];  // a group lies in one page
        for (; begin < end; ++begin, ++node) add_to(left, node->x);
        break;
      }
      if (l + 1 == kLevels) {
        for (; begin < end; ++begin) add_to(left, level[begin].x);
        break;
      }
      if (begin % kFan != 0) {
        add_to(left, level[begin].suffix);
        ++first;
      }
      if (end % kFan != 0) {
        Row beginning = level[end - 1].prefix;
        add_to(beginning, right);
        right = beginning;
      }
      begin = first;
      end = last;
    }
    add_to(left, right);
    return left;
  }
  /// Rows before this one are asked for no more. Precondition: row < size().
  void drop_before(std::size_t row) {
    for (auto& level : levels_) {
      if (row < level.size()) level.drop_before(row);
      row /= kFan;
    }
  }
  /// Empty; the next row has this number.
  void clear(std::size_t row) {
    for (auto& level : levels_) {
      level.clear(row);
      row /= kFan;
    }
  }

 private:
  static constexpr std::size_t kFan = 32, kLevels = 4;
  struct Node {
    Row x, prefix, suffix;
  };
  static_assert(PagedQueue<Node>::kPage % kFan == 0);

  std::array<PagedQueue<Node>, kLevels> levels_;
};

}  // namespace tickeng::stat
