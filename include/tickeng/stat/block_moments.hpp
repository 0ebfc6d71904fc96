// Mean and squared deviations of blocks, and how blocks are joined. Spec: B-04.
//
// A block keeps S1 = sum(x - a), S2 = sum((x - a)^2) about its own first value a. Joining moves
// every block to one anchor c, the rounded mean of them all:
//   S1' = S1 + n d,  S2' = S2 + d (2 S1 + n d),  d = a - c.
// Because a belongs to its block, S2 <= (n + 1) M2 of that block, so moving it costs at most n + 1
// roundings; because c is the mean, the joined S2' is M2 up to (c - mean)^2. Keeping S1 beside a
// is what saves 1e9 +- 1e-3: a mean alone would be stored at ulp(1e9).
#pragma once

#include <cstddef>

#include "tickeng/stat/block_ring.hpp"
#include "tickeng/stat/lanes.hpp"
#include "tickeng/stat/vec.hpp"

namespace tickeng::stat {

/// First two sums about an anchor that the holder knows.
template <class Value>
struct Moments {
  Value s1{};
  Value s2{};
};

template <class Value>
struct Block {
  Value anchor{};
  Value s1{};
  Value s2{};
  double n = 0.0;
};

/// Of n rows, get(i) of them.
template <class Get>
[[nodiscard]] inline auto make_block(std::size_t n, Get get) noexcept -> Block<decltype(get(n))> {
  if (n == 0) return {};
  const auto a = get(0);
  return {a, lane_sum(n, [=](std::size_t i) { return get(i) - a; }),
          lane_sum(n, [=](std::size_t i) { return (get(i) - a) * (get(i) - a); }),
          static_cast<double>(n)};
}
/// Of n values behind one another. One copy for all: it is run often enough to stay in the caches.
[[nodiscard, gnu::noinline]] inline Block<double> make_block(std::size_t n,
                                                             const double* x) noexcept {
  return make_block(n, [x](std::size_t i) { return x[i]; });
}
/// The same for what is seldom run, in little code.
template <class Get>
[[nodiscard]] inline Block<double> short_block(std::size_t n, Get get) noexcept {
  if (n == 0) return {};
  const double a = get(0);
  double s1[8] = {}, s2[8] = {};
#pragma GCC unroll 1
  for (std::size_t i = 0; i < n; ++i) {
    const double d = get(i) - a;
    s1[i & 7] += d;
    s2[i & 7] += d * d;
  }
  return {a, tree_sum(s1), tree_sum(s2), static_cast<double>(n)};
}

/// Columns of whole blocks of one length.
template <std::size_t L>
struct BlockColumns {
  Rows anchor, s1, s2;

  /// `size` blocks of which there will be `most`.
  BlockColumns(std::size_t size, std::size_t most)
      : anchor(make_rows(size * L, most * L)), s1(anchor), s2(anchor) {}
  explicit BlockColumns(std::size_t size) : BlockColumns(size, size) {}
  explicit BlockColumns(const BlockRing& ring) : anchor(ring.column<L>()), s1(anchor), s2(anchor) {}
  template <class Access>
  void set(Access a, std::size_t at, const Block<typename Access::Value>& b) noexcept {
    a.put(anchor.data(), at, b.anchor);
    a.put(s1.data(), at, b.s1);
    a.put(s2.data(), at, b.s2);
  }
};

/// A run of values as one block (may be empty) and the whole blocks [at, at + count) of n values.
template <class Access, std::size_t L>
struct BlockRun {
  using Value = typename Access::Value;

  Access access;
  Block<Value> head;
  const BlockColumns<L>* blocks;
  std::size_t at, count;
  double n;

  [[nodiscard]] bool empty() const noexcept { return count == 0 && head.n == 0.0; }

  /// Mean, rounded. Precondition: not empty.
  [[nodiscard]] Value mean() const noexcept {
    const Value ref = count > 0 ? anchor(count - 1) : head.anchor;
    const double total = head.n + n * static_cast<double>(count);
    const Value offset =
        (head.s1 + head.n * (head.anchor - ref)) +
        short_lane_sum(count, [=, this](std::size_t i) { return s1(i) + n * (anchor(i) - ref); });
    return ref + offset / total;
  }
  /// Sums about c.
  [[nodiscard]] Moments<Value> about(Value c) const noexcept {
    const Value d0 = head.n > 0 ? head.anchor - c : Value{};
    return {
        (head.s1 + head.n * d0) +
            short_lane_sum(count, [=, this](std::size_t i) { return s1(i) + n * (anchor(i) - c); }),
        (head.s2 + d0 * (2.0 * head.s1 + head.n * d0)) +
            short_lane_sum(count, [=, this](std::size_t i) {
              const Value d = anchor(i) - c;
              return s2(i) + d * (2.0 * s1(i) + n * d);
            })};
  }

 private:
  [[nodiscard]] Value anchor(std::size_t i) const noexcept {
    return access.get(blocks->anchor.data(), at + i);
  }
  [[nodiscard]] Value s1(std::size_t i) const noexcept {
    return access.get(blocks->s1.data(), at + i);
  }
  [[nodiscard]] Value s2(std::size_t i) const noexcept {
    return access.get(blocks->s2.data(), at + i);
  }
};

}  // namespace tickeng::stat
