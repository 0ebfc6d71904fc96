// Count, mean and squared deviations of blocks, and how blocks are joined. Spec: B-04.
//
// A block keeps S1 = sum(x - a), S2 = sum((x - a)^2) about its own first value a. Joining moves
// every block to one anchor c, the rounded mean of them all:
//   S1' = S1 + n d,  S2' = S2 + d (2 S1 + n d),  d = a - c.
// Because a belongs to its block, S2 <= (n + 1) M2 of that block, so moving it costs at most n + 1
// roundings; because c is the mean, the joined S2' is M2 up to (c - mean)^2. Keeping S1 beside a
// is what saves 1e9 +- 1e-3: a mean alone would be stored at ulp(1e9).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "tickeng/stat/lanes.hpp"

namespace tickeng::stat {

/// First two sums about an anchor that the holder knows.
struct Moments {
  double s1 = 0.0;
  double s2 = 0.0;
};

struct Block {
  double anchor = 0.0;
  double s1 = 0.0;
  double s2 = 0.0;
  double n = 0.0;
};

[[nodiscard]] inline Block make_block(const double* x, std::size_t n) noexcept {
  if (n == 0) return {};
  const double a = x[0];
  return {a, lane_sum(n, [=](std::size_t i) { return x[i] - a; }),
          lane_sum(n, [=](std::size_t i) { return (x[i] - a) * (x[i] - a); }),
          static_cast<double>(n)};
}

/// Columns of blocks, joined from one piece of memory.
struct BlockColumns {
  std::vector<double> anchor, s1, s2, n;

  explicit BlockColumns(std::size_t size) : anchor(size), s1(size), s2(size), n(size) {}
  void set(std::size_t at, const Block& b) noexcept {
    anchor[at] = b.anchor;
    s1[at] = b.s1;
    s2[at] = b.s2;
    n[at] = b.n;
  }
};

/// A run of values as one block (may be empty) and the blocks [at, at + count).
struct BlockRun {
  Block head;
  const BlockColumns* blocks;
  std::size_t at, count;

  [[nodiscard]] bool empty() const noexcept { return count == 0 && head.n == 0.0; }
};

/// Mean of a run, rounded. Precondition: not empty.
[[nodiscard]] inline double mean(const BlockRun& run) noexcept {
  const double* a = run.blocks->anchor.data() + run.at;
  const double* s1 = run.blocks->s1.data() + run.at;
  const double* n = run.blocks->n.data() + run.at;
  const Block& head = run.head;
  const double ref = run.count > 0 ? a[run.count - 1] : head.anchor;
  const double total = head.n + lane_sum(run.count, [=](std::size_t i) { return n[i]; });
  const double offset =
      (head.s1 + head.n * (head.anchor - ref)) +
      lane_sum(run.count, [=](std::size_t i) { return s1[i] + n[i] * (a[i] - ref); });
  return ref + offset / total;
}

/// Sums of a run about c.
[[nodiscard]] inline Moments about(const BlockRun& run, double c) noexcept {
  const double* a = run.blocks->anchor.data() + run.at;
  const double* s1 = run.blocks->s1.data() + run.at;
  const double* s2 = run.blocks->s2.data() + run.at;
  const double* n = run.blocks->n.data() + run.at;
  const Block& head = run.head;
  const double d0 = head.n > 0 ? head.anchor - c : 0.0;
  return {(head.s1 + head.n * d0) +
              lane_sum(run.count, [=](std::size_t i) { return s1[i] + n[i] * (a[i] - c); }),
          (head.s2 + d0 * (2.0 * head.s1 + head.n * d0)) + lane_sum(run.count, [=](std::size_t i) {
            const double d = a[i] - c;
            return s2[i] + d * (2.0 * s1[i] + n[i] * d);
          })};
}

}  // namespace tickeng::stat
