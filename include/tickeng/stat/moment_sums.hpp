// First and second sums of windows about one anchor, for AnchoredWindow. Spec: B-04.
//
// The anchor c is the rounded mean of what all windows of a block have in common and was known one
// block earlier (block_moments.hpp). That is at least a quarter of the window, so S2 is at most
// 5 M2 for any data: nothing is left to cancel in M2 = S2 - S1^2/n.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "tickeng/stat/anchored.hpp"
#include "tickeng/stat/block_moments.hpp"

namespace tickeng::stat {

template <std::size_t L>
class MomentSums {
 public:
  static constexpr std::size_t kLanes = L, kShare = 4, kParts = 2;
  template <class Value>
  using Cell = Moments<Value>;
  using Value = Vec<L>;
  struct Cells {
    double* s1;
    double* s2;
  };

  MomentSums(std::size_t window, std::size_t block)
      : block_(block), ring_(window, block), blocks_(ring_) {}
  void grow(std::size_t rows) { ring_.grow(rows, blocks_.anchor, blocks_.s1, blocks_.s2); }

  template <class Access>
  static Cell<typename Access::Value> get(Access a, const double* table, std::size_t i) noexcept {
    return {a.get(table, 2 * i), a.get(table, 2 * i + 1)};
  }
  template <class Access>
  static void put(Access a, double* table, std::size_t i,
                  const Cell<typename Access::Value>& m) noexcept {
    a.put(table, 2 * i, m.s1);
    a.put(table, 2 * i + 1, m.s2);
  }
  static void store(Cells cells, std::size_t i, const Moments<Value>& m) noexcept {
    All<L>{}.put(cells.s1, i, m.s1);
    All<L>{}.put(cells.s2, i, m.s2);
  }

  void restart() noexcept { aimed_.fill(false); }
  void seed(One<L> a, double x) noexcept {
    a.put(anchor_.data(), 0, x);
    put(a, prefix_.data(), 0, {});
    aimed_[a.lane] = false;
  }
  void close(RingView<L> ring, std::uint64_t start) noexcept {
    constexpr All<L> all;
    const auto b = block(all, ring, start - block_, block_);
    const std::size_t at = ring_.slot(start - block_);
    blocks_.set(all, at, b);
    blocks_.set(all, at + ring_.size(), b);
  }
  template <class Access>
  void open(Access a, RingView<L> ring, std::uint64_t from, std::uint64_t start) noexcept {
    const auto middle = run(a, ring, from, start);
    put(a, prefix_.data(), 0, {});
    if (!middle.empty()) {  // else nothing is before: seed() sets the anchor
      const auto c = aimed(a) ? a.get(next_anchor_.data(), 0) : middle.mean();
      a.put(anchor_.data(), 0, c);
      put(a, prefix_.data(), 0, middle.about(c));
    }
  }
  template <class Access>
  void plan(Access a, RingView<L> ring, std::uint64_t from, std::uint64_t start) noexcept {
    const auto next = run(a, ring, from + (block_ - from % block_) % block_, start);
    const bool aims = block_ > 1 && next.count > 0;
    set_aimed(a, aims);
    if (aims) a.put(next_anchor_.data(), 0, next.mean());
  }
  template <class Access, class V>
  [[nodiscard]] Moments<V> extend(Access a, const Moments<V>& m, V x) const noexcept {
    const V d = x - a.get(next_anchor_.data(), 0);
    return {m.s1 + d, m.s2 + d * d};
  }
  template <class Access, class V>
  [[nodiscard, gnu::always_inline]] Moments<V> add(Access a, const Moments<V>& suffix,
                                                   V x) noexcept {
    const V d = x - a.get(anchor_.data(), 0);
    Moments<V> prefix = get(a, prefix_.data(), 0);
    prefix.s1 += d;
    prefix.s2 += d * d;
    put(a, prefix_.data(), 0, prefix);
    return {suffix.s1 + prefix.s1, suffix.s2 + prefix.s2};
  }
  /// Prefixes from the front and suffixes from the back in one loop, each alone would wait for its
  /// own last addition. Until the two meet they wait in `cells`, then they are joined there.
  void scan(const double* oldest, const double* x, std::size_t n, Cells cells) noexcept {
    constexpr All<L> all;
    const Value c = anchor();
    Moments<Value> newer = get(all, prefix_.data(), 0), older{};
    const auto take = [&](std::size_t i) {
      const Value d = all.get(x, i) - c;
      newer = {newer.s1 + d, newer.s2 + d * d};
    };
    const auto leave = [&](std::size_t j) {
      const Value d = all.get(oldest, j) - c;
      older = {older.s1 + d, older.s2 + d * d};
    };
    const auto waiting = [&](std::size_t i) -> Moments<Value> {
      return {all.get(cells.s1, i), all.get(cells.s2, i)};
    };
    const std::size_t half = n / 2;
    const auto join = [&](std::size_t i, std::size_t j) {
      take(i);
      const Moments<Value> a = waiting(i), b = waiting(j);
      store(cells, i, {a.s1 + newer.s1, a.s2 + newer.s2});
      store(cells, j, {older.s1 + b.s1, older.s2 + b.s2});
    };
#pragma GCC unroll 4
    for (std::size_t i = 0; i < half; ++i) {
      take(i);
      store(cells, i, newer);
      store(cells, n - 1 - i, older);
      leave(n - 2 - i);
    }
#pragma GCC unroll 4
    for (std::size_t i = half; i + 1 < n; ++i) {
      join(i, n - 1 - i);
      leave(n - 2 - i);
    }
    if (half > 0) {
      join(n - 1, 0);
    } else {  // a block of one
      take(0);
      store(cells, 0, {older.s1 + newer.s1, older.s2 + newer.s2});
    }
    put(all, prefix_.data(), 0, newer);
  }
  [[nodiscard, gnu::always_inline]] Value anchor() const noexcept {
    return All<L>{}.get(anchor_.data(), 0);
  }

 private:
  template <class Access>
  [[nodiscard]] static auto block(Access a, RingView<L> ring, std::uint64_t from,
                                  std::size_t n) noexcept {
    const double* const rows = ring.from(from);
    if constexpr (L == 1) {
      return make_block(n, rows);
    } else {
      const auto get = [=](std::size_t i) { return a.get(rows, i); };
      if constexpr (std::is_same_v<Access, One<L>>) {
        return short_block(n, get);
      } else {
        return make_block(n, get);
      }
    }
  }
  /// The values of [from, start).
  template <class Access>
  [[nodiscard]] BlockRun<Access, L> run(Access a, RingView<L> ring, std::uint64_t from,
                                        std::uint64_t start) noexcept {
    const auto n = static_cast<double>(block_);
    if (from >= start) return {a, {}, &blocks_, 0, 0, n};
    const std::size_t head =
        static_cast<std::size_t>(std::min((block_ - from % block_) % block_, start - from));
    const std::uint64_t whole = from + head;  // where whole blocks begin
    return {a,
            block(a, ring, from, head),
            &blocks_,
            ring_.slot(whole),
            static_cast<std::size_t>((start - whole) / block_),
            n};
  }
  /// Whether next_anchor_ is set; it always is once all windows are full.
  [[nodiscard]] bool aimed(All<L>) const noexcept { return block_ > 1; }
  [[nodiscard]] bool aimed(One<L> a) const noexcept { return aimed_[a.lane]; }
  void set_aimed(All<L>, bool aims) noexcept { aimed_.fill(aims); }
  void set_aimed(One<L> a, bool aims) noexcept { aimed_[a.lane] = aims; }

  std::size_t block_;
  BlockRing ring_;
  BlockColumns<L> blocks_;
  alignas(L * 8) std::array<double, L> anchor_{}, next_anchor_{};
  alignas(L * 8) std::array<double, 2 * L> prefix_{};  // middle included
  std::array<bool, L> aimed_{};
};

}  // namespace tickeng::stat
