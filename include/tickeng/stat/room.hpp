// How many rows windows have memory for: all that they will ever hold, or few at first.
//
// A window that is made while a Room::Small lives has memory for the first Room::kFirst rows that
// it sees. Whoever feeds it calls grow(rows) before it sees more; that may throw std::bad_alloc and
// changes no value. While it fills, a window's rows lie where they will lie in all of its memory,
// so growing copies them. Anywhere else a window has all its memory from the start, and grow() does
// nothing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "tickeng/stat/vec.hpp"

namespace tickeng::stat {

class Room {
 public:
  static constexpr std::size_t kFirst = 4;

  /// Rows to grow to where `needed` are: eight times those before, so that most growing is done
  /// while a window is small.
  [[nodiscard]] static constexpr std::uint64_t next(std::uint64_t needed) noexcept {
    std::uint64_t rows = kFirst;
    while (rows < needed) rows = rows > UINT64_MAX / 8 ? UINT64_MAX : rows * 8;
    return rows;
  }

  /// Of n rows, those that a window made now has memory for.
  [[nodiscard]] static std::size_t of(std::size_t n) noexcept { return std::min(n, rows()); }

  /// As long as it lives, this thread makes windows with little memory.
  class Small {
   public:
    Small() noexcept : before_(std::exchange(rows(), kFirst)) {}
    ~Small() { rows() = before_; }
    Small(const Small&) = delete;
    Small& operator=(const Small&) = delete;

   private:
    std::size_t before_;
  };

 private:
  static std::size_t& rows() noexcept {
    thread_local std::size_t rows = SIZE_MAX;
    return rows;
  }
};

/// n values of which there will be `most`. What will grow is kept apart from what stays.
[[nodiscard]] inline Rows make_rows(std::size_t n, std::size_t most, double value = 0.0) {
  return Rows(n, value, Rows::allocator_type(n == most));
}
/// The same values at the front of memory for n, if that is more; the others are `value`.
inline void grow(Rows& rows, std::size_t n, std::size_t most, double value = 0.0) {
  if (n <= rows.size()) return;
  Rows more = make_rows(n, most, value);
  std::ranges::copy(rows, more.begin());
  rows = std::move(more);
}

/// Shows rows as an array of `most`, which they may have no memory for yet; nothing may be left
/// behind what a window holds.
template <class Visitor>
void state_of(Visitor& v, std::string_view name, Rows& rows, std::size_t most) {
  if (rows.size() == most) return v.array(name, std::span<double>(rows));
  std::vector<double> all(most, 0.0);
  if constexpr (!Visitor::kLoads) std::ranges::copy(rows, all.begin());
  v.array(name, std::span<double>(all));
  if constexpr (Visitor::kLoads) std::copy_n(all.begin(), rows.size(), rows.begin());
}

}  // namespace tickeng::stat
