// The one order in which more than a handful of terms are summed: eight interleaved lanes, then a
// fixed tree. A compiler may map lanes to vector registers of any width without changing a bit.
#pragma once

#include <cstddef>

namespace tickeng::stat {

template <class Value>
[[nodiscard]] inline Value tree_sum(const Value (&lane)[8]) noexcept {
  return ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

/// term(0) + ... + term(n-1); term i goes to lane i mod 8. Terms are doubles or Vec<L>.
template <class Term>
[[nodiscard]] inline auto lane_sum(std::size_t n, Term term) noexcept -> decltype(term(n)) {
  decltype(term(n)) lane[8] = {};
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    for (std::size_t j = 0; j < 8; ++j) lane[j] += term(i + j);
  }
  for (; i < n; ++i) lane[i & 7] += term(i);
  return tree_sum(lane);
}

/// The same, in little code: for few terms, or where the caches hardly hold what runs so seldom.
template <class Term>
[[nodiscard]] inline auto short_lane_sum(std::size_t n, Term term) noexcept -> decltype(term(n)) {
  decltype(term(n)) lane[8] = {};
#pragma GCC unroll 1
  for (std::size_t i = 0; i < n; ++i) lane[i & 7] += term(i);
  return tree_sum(lane);
}

}  // namespace tickeng::stat
