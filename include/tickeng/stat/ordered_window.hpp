// The last W values in order, to count how many lie below one. Spec: B-17.
//
// Chunks of at most kChunk values, each in order; a full one is cut in two, and two neighbours that
// hold little become one, so that there are at most 4 W / kChunk + 2 of them and nothing is
// allocated. A push costs a move inside a chunk and a look at each chunk's size. The counts are
// exact whatever the chunks are, so none of this is state or moves a bit.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tickeng/stat/room.hpp"

namespace tickeng::stat {

class OrderedWindow {
 public:
  /// Values of the window below one, equal to it, and all.
  struct Place {
    std::size_t below, equal, count;
  };

  /// window >= 1.
  explicit OrderedWindow(std::size_t window)
      : window_(window), ring_(make_rows(Room::of(window), window)),
        values_(make_rows(cells(ring_.size()), cells(window))), free_(chunks(ring_.size())) {
    chunks_.reserve(free_.size());
    reset();
  }
  /// Memory for the first `rows` values.
  void grow(std::size_t rows) {
    const std::size_t n = std::min(rows, window_), slots = chunks(n), before = free_.size();
    stat::grow(ring_, n, window_);
    stat::grow(values_, cells(n), cells(window_));
    chunks_.reserve(slots);
    free_.resize(std::max(slots, before));
    for (std::size_t slot = before; slot < slots; ++slot) free_[free_count_++] = slot;
  }
  OrderedWindow(const OrderedWindow& other)
      : window_(other.window_), ring_(other.ring_), values_(other.values_), free_(other.free_),
        free_count_(other.free_count_), head_(other.head_), count_(other.count_) {
    chunks_.reserve(free_.size());
    chunks_ = other.chunks_;
  }
  OrderedWindow(OrderedWindow&&) noexcept = default;
  OrderedWindow& operator=(OrderedWindow&&) noexcept = default;
  ~OrderedWindow() = default;

  void reset() noexcept {
    std::ranges::fill(ring_, 0.0);
    head_ = count_ = 0;
    clear();
  }
  /// Takes in x, which is finite; where it stands among the last min(count, W) values.
  Place push(double x) noexcept {
    x += 0.0;  // -0.0 and 0.0 are one value
    if (count_ == window_) {
      remove(ring_[head_]);
    } else {
      ++count_;
    }
    ring_[head_] = x;
    if (++head_ == window_) head_ = 0;
    insert(x);
    const std::size_t below = count_if_below([x](double v) { return v < x; });
    const std::size_t to = count_if_below([x](double v) { return v <= x; });
    return {below, to - below, count_};
  }
  /// Precondition: the window is full.
  void skip(std::uint64_t n) noexcept { head_ = (head_ + n) % window_; }

  /// Logical state: the ring; chunks are made anew.
  template <class Visitor>
  void state(Visitor& v) {
    state_of(v, "ring", ring_, window_);
    v.index("head", head_, window_);
    v.index("count", count_, window_ + 1);
    if constexpr (Visitor::kLoads) {
      v.require(ring_.size() == window_ || (head_ == count_ && count_ <= v.rows()),
                "window indices");
      for (const double x : ring_) v.require(std::isfinite(x), "value of a window");
      rebuild();
    }
  }

 private:
  static constexpr std::size_t kChunk = 256;
  struct Chunk {
    std::size_t slot, size;
    double last;
  };

  /// That n values can need, one where few are; and the values that there is memory for in them.
  [[nodiscard]] static std::size_t chunks(std::size_t n) noexcept {
    return n <= kChunk / 2 ? 1 : 4 * n / kChunk + 4;
  }
  [[nodiscard]] static std::size_t cells(std::size_t n) noexcept {
    return n <= kChunk / 2 ? n : chunks(n) * kChunk;
  }
  void clear() noexcept {
    chunks_.clear();
    free_count_ = free_.size();
    for (std::size_t i = 0; i < free_count_; ++i) free_[i] = free_count_ - 1 - i;
  }
  void rebuild() {
    clear();
    std::vector<double> sorted(ring_.begin(), ring_.begin() + static_cast<std::ptrdiff_t>(count_));
    for (double& x : sorted) x += 0.0;
    std::ranges::sort(sorted);
    for (std::size_t i = 0; i < count_; i += kChunk / 2) {
      const std::size_t n = std::min(kChunk / 2, count_ - i);
      chunks_.push_back({free_[--free_count_], n, sorted[i + n - 1]});
      std::copy_n(sorted.data() + i, n, at(chunks_.back()));
    }
  }
  [[nodiscard]] double* at(const Chunk& c) noexcept { return values_.data() + c.slot * kChunk; }
  /// The first chunk whose last value is not below x; the last chunk where there is none.
  [[nodiscard]] std::size_t chunk_of(double x) const noexcept {
    const auto found = std::ranges::lower_bound(chunks_, x, {}, &Chunk::last);
    const auto i = static_cast<std::size_t>(found - chunks_.begin());
    return std::min(i, chunks_.size() - 1);
  }
  void insert(double x) noexcept {
    if (chunks_.empty()) chunks_.push_back({free_[--free_count_], 0, x});
    const std::size_t c = chunk_of(x);
    Chunk& chunk = chunks_[c];
    double* const v = at(chunk);
    double* const place = std::lower_bound(v, v + chunk.size, x);
    std::copy_backward(place, v + chunk.size, v + chunk.size + 1);
    *place = x;
    chunk.last = v[chunk.size++];
    if (chunk.size == kChunk) cut(c);
  }
  void cut(std::size_t c) noexcept {
    constexpr std::size_t kHalf = kChunk / 2;
    const Chunk upper{free_[--free_count_], kHalf, chunks_[c].last};
    std::copy_n(at(chunks_[c]) + kHalf, kHalf, at(upper));
    chunks_[c].size = kHalf;
    chunks_[c].last = at(chunks_[c])[kHalf - 1];
    chunks_.insert(chunks_.begin() + static_cast<std::ptrdiff_t>(c) + 1, upper);
  }
  /// Precondition: x is there.
  void remove(double x) noexcept {
    const std::size_t c = chunk_of(x);
    Chunk& chunk = chunks_[c];
    double* const v = at(chunk);
    double* const place = std::lower_bound(v, v + chunk.size, x);
    std::copy(place + 1, v + chunk.size, place);
    if (--chunk.size > 0) chunk.last = v[chunk.size - 1];
    if (chunk.size == 0) {
      drop(c);
    } else {
      join(c);
    }
    if (c > 0) join(c - 1);
  }
  void drop(std::size_t c) noexcept {
    free_[free_count_++] = chunks_[c].slot;
    chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(c));
  }
  /// Moves the chunk after c into it where both together hold little.
  void join(std::size_t c) noexcept {
    if (c + 1 >= chunks_.size() || chunks_[c].size + chunks_[c + 1].size > kChunk / 2) return;
    std::copy_n(at(chunks_[c + 1]), chunks_[c + 1].size, at(chunks_[c]) + chunks_[c].size);
    chunks_[c].size += chunks_[c + 1].size;
    chunks_[c].last = chunks_[c + 1].last;
    drop(c + 1);
  }
  /// How many values hold, which those up to some value do.
  template <class Holds>
  [[nodiscard]] std::size_t count_if_below(Holds holds) noexcept {
    std::size_t n = 0, c = 0;
    for (; c < chunks_.size() && holds(chunks_[c].last); ++c) n += chunks_[c].size;
    if (c == chunks_.size()) return n;
    const double* const v = at(chunks_[c]);
    const auto end = std::partition_point(v, v + chunks_[c].size, holds);
    return n + static_cast<std::size_t>(end - v);
  }

  std::size_t window_;
  Rows ring_, values_;
  std::vector<Chunk> chunks_;  // in order
  std::vector<std::size_t> free_;
  std::size_t free_count_ = 0, head_ = 0, count_ = 0;
};

}  // namespace tickeng::stat
