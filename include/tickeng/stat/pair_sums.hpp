// First and second sums of pairs (x, y) and the sum of their products, for AnchoredWindow.
// Spec: B-11.
//
// As in moment_sums.hpp, about an anchor for each of the two; a block's sum of products is moved
// like its squares:  P' = P + dx Sy + dy (Sx + n dx),  d = a - c. By Cauchy-Schwarz nothing more
// cancels in a covariance than in the two variances. A pair comes whole or not at all, so that the
// lanes x and y start together.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "tickeng/stat/anchored.hpp"
#include "tickeng/stat/block_moments.hpp"

namespace tickeng::stat {

using Pair = Vec<2>;

struct PairMoments {
  Pair s1{}, s2{};
  double product = 0.0;
};

class PairSums {
 public:
  static constexpr std::size_t kLanes = 2, kShare = 4, kParts = 3;
  static constexpr bool kJoint = true;
  template <class>
  using Cell = PairMoments;
  struct Cells {
    PairMoments* moments;
  };

  PairSums(std::size_t window, std::size_t block)
      : block_(block), ring_(window, block), blocks_(ring_), products_(ring_.column<1>()) {}
  void grow(std::size_t rows) {
    ring_.grow(rows, blocks_.anchor, blocks_.s1, blocks_.s2, products_);
  }

  static PairMoments get(All<2> a, const double* table, std::size_t i) noexcept {
    return {a.get(table, 3 * i), a.get(table, 3 * i + 1), table[6 * i + 4]};
  }
  static void put(All<2> a, double* table, std::size_t i, const PairMoments& m) noexcept {
    a.put(table, 3 * i, m.s1);
    a.put(table, 3 * i + 1, m.s2);
    table[6 * i + 4] = m.product;
  }
  /// Lanes that idle while others are full, which joint ones never do.
  static void put(One<2>, double*, std::size_t, const PairMoments&) noexcept {}
  static void store(Cells cells, std::size_t i, const PairMoments& m) noexcept {
    cells.moments[i] = m;
  }

  void restart() noexcept { aimed_ = false; }
  void seed(One<2> a, double x) noexcept {
    a.put(anchor_.data(), 0, x);
    prefix_ = {};
    aimed_ = false;
  }
  void seed(All<2> a, Pair x) noexcept {
    a.put(anchor_.data(), 0, x);
    prefix_ = {};
    aimed_ = false;
  }
  void close(RingView<2> ring, std::uint64_t start) noexcept {
    constexpr All<2> all;
    const Head b = head(ring, start - block_, block_);
    const std::size_t at = ring_.slot(start - block_);
    for (const std::size_t i : {at, at + ring_.size()}) {
      blocks_.set(all, i, b.block);
      products_[i] = b.product;
    }
  }
  void open(All<2> a, RingView<2> ring, std::uint64_t from, std::uint64_t start) noexcept {
    const Run middle = run(ring, from, start);
    prefix_ = {};
    if (middle.sums.empty()) return;  // nothing is before: seed() sets the anchor
    const Pair c = aimed_ ? a.at(next_anchor_.data()) : middle.sums.mean();
    a.put(anchor_.data(), 0, c);
    const Moments<Pair> m = middle.sums.about(c);
    prefix_ = {m.s1, m.s2, product_about(middle, c)};
  }
  void plan(All<2> a, RingView<2> ring, std::uint64_t from, std::uint64_t start) noexcept {
    const Run next = run(ring, from + (block_ - from % block_) % block_, start);
    aimed_ = block_ > 1 && next.sums.count > 0;
    if (aimed_) a.put(next_anchor_.data(), 0, next.sums.mean());
  }
  [[nodiscard]] PairMoments extend(All<2> a, const PairMoments& m, Pair x) const noexcept {
    return more(m, x - a.at(next_anchor_.data()));
  }
  [[nodiscard, gnu::always_inline]] PairMoments add(All<2>, const PairMoments& suffix,
                                                    Pair x) noexcept {
    prefix_ = more(prefix_, x - anchor());
    return join(suffix, prefix_);
  }
  void scan(const double* oldest, const double* x, std::size_t n, Cells cells) noexcept {
    constexpr All<2> all;
    const Pair c = anchor();
    PairMoments older{}, newer = prefix_;
    for (std::size_t j = n; j-- > 0;) {
      cells.moments[j] = older;
      if (j > 0) older = more(older, all.get(oldest, j - 1) - c);
    }
    for (std::size_t i = 0; i < n; ++i) {
      newer = more(newer, all.get(x, i) - c);
      cells.moments[i] = join(cells.moments[i], newer);
    }
    prefix_ = newer;
  }
  [[nodiscard]] Pair anchor() const noexcept { return All<2>{}.at(anchor_.data()); }

 private:
  struct Head {
    Block<Pair> block;
    double product = 0.0;
  };
  struct Run {
    BlockRun<All<2>, 2> sums;
    double product = 0.0;  // of its head, about the head's anchor
  };

  [[nodiscard]] static PairMoments more(const PairMoments& m, Pair d) noexcept {
    return {m.s1 + d, m.s2 + d * d, m.product + d[0] * d[1]};
  }
  [[nodiscard]] static PairMoments join(const PairMoments& a, const PairMoments& b) noexcept {
    return {a.s1 + b.s1, a.s2 + b.s2, a.product + b.product};
  }
  [[nodiscard]] static Head head(RingView<2> ring, std::uint64_t from, std::size_t n) noexcept {
    const double* const rows = ring.from(from);
    const auto get = [=](std::size_t i) { return All<2>{}.get(rows, i); };
    const Block<Pair> block = make_block(n, get);
    const Pair a = block.anchor;
    return {block, short_lane_sum(n, [=](std::size_t i) {
              const Pair d = get(i) - a;
              return d[0] * d[1];
            })};
  }
  /// The values of [from, start).
  [[nodiscard]] Run run(RingView<2> ring, std::uint64_t from, std::uint64_t start) const noexcept {
    const auto n = static_cast<double>(block_);
    if (from >= start) return {{{}, {}, &blocks_, 0, 0, n}};
    const std::size_t size =
        static_cast<std::size_t>(std::min((block_ - from % block_) % block_, start - from));
    const Head first = head(ring, from, size);
    const std::uint64_t whole = from + size;  // where whole blocks begin
    return {{{},
             first.block,
             &blocks_,
             ring_.slot(whole),
             static_cast<std::size_t>((start - whole) / block_),
             n},
            first.product};
  }
  [[nodiscard]] double product_about(const Run& run, Pair c) const noexcept {
    const auto moved = [=](double product, Pair a, Pair s1, double n) {
      const Pair d = a - c;
      return product + d[0] * s1[1] + d[1] * (s1[0] + n * d[0]);
    };
    const BlockRun<All<2>, 2>& r = run.sums;
    const double first =
        r.head.n > 0 ? moved(run.product, r.head.anchor, r.head.s1, r.head.n) : 0.0;
    return first + short_lane_sum(r.count, [&](std::size_t i) {
             constexpr All<2> all;
             const std::size_t at = r.at + i;
             return moved(products_[at], all.get(blocks_.anchor.data(), at),
                          all.get(blocks_.s1.data(), at), r.n);
           });
  }

  std::size_t block_;
  BlockRing ring_;
  BlockColumns<2> blocks_;
  Rows products_;
  alignas(16) std::array<double, 2> anchor_{}, next_anchor_{};
  PairMoments prefix_;  // middle included
  bool aimed_ = false;
};

}  // namespace tickeng::stat
