// One side of a book: every level that its feed has told of, the best first. Spec: A-04.
//
// Levels stand in chunks of at most 64, in order; a full one is cut in two, and two neighbours that
// hold little become one, so that a change costs a move inside a chunk however deep it is. The
// first chunk holds the best kFront levels if there are so many: they are read where they stand.
// Which level is in which chunk is no state and moves no bit.
// Trap: of too many levels the worst go, and what is sent of prices behind the last one left goes
// with them, so that all levels up to there are known and none behind it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "tickeng/event/events.hpp"

namespace tickeng {

enum class Side : std::uint8_t { kBid, kAsk };

class Levels {
 public:
  static constexpr std::size_t kFront = 20;  ///< levels that stand together
  static constexpr std::size_t kBehind = SIZE_MAX;

  /// Of more than `most` levels the worst goes.
  explicit Levels(Side side, std::size_t most = 10'000)
      : step_(side == Side::kBid ? -1.0 : 1.0), most_(most) {}

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// How often a level was left out because there are too many.
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }
  /// Whether the best `count` levels are known: so many are left, or none was left out.
  [[nodiscard]] bool knows(std::size_t count) const noexcept {
    return size_ >= count || floor_ == no_floor();
  }
  /// The best `most` levels, at most kFront; valid up to the next change.
  [[nodiscard]] BookSide front(std::size_t most = kFront) const noexcept {
    if (order_.empty()) return {};
    const Chunk& first = chunks_[order_[0]];
    return {first.price.data(), first.qty.data(), std::min({first.count, most, kFront})};
  }
  /// Sets what stands at a price, 0: nothing; where that is in front(), else kBehind. An unchanged
  /// quantity is no change.
  std::size_t set(double price, double qty) {
    const std::size_t at = chunk_of(price);
    std::size_t slot = 0;
    if (at < order_.size()) {
      Chunk& chunk = chunks_[order_[at]];
      slot = slot_of(chunk, price);
      if (slot < chunk.count && chunk.price[slot] == price) {
        if (chunk.qty[slot] == qty) return kBehind;
        if (qty > 0.0) {
          chunk.qty[slot] = qty;
        } else {
          erase(at, slot);
        }
        return at == 0 && slot < kFront ? slot : kBehind;
      }
    }
    if (!(qty > 0.0)) return kBehind;
    if (before(floor_, price)) {
      ++dropped_;
      return kBehind;
    }
    const bool in_front = at == 0 && slot < kFront;
    insert(at, slot, price, qty);
    return in_front ? slot : kBehind;
  }
  void clear() noexcept {
    free_chunks();
    floor_ = no_floor();
  }
  /// All levels, the best first.
  [[nodiscard]] std::vector<double> prices() const { return column(&Chunk::price); }
  [[nodiscard]] std::vector<double> quantities() const { return column(&Chunk::qty); }

  template <class Visitor>
  void state(Visitor& v) {
    std::vector<double> prices, quantities;
    if constexpr (!Visitor::kLoads) prices = this->prices(), quantities = this->quantities();
    v.list("prices", prices);
    v.list("quantities", quantities);
    if constexpr (Visitor::kLoads) {
      v.require(prices.size() == quantities.size(), "levels of a book");
      clear();
      for (std::size_t k = 0; k < prices.size(); ++k) set(prices[k], quantities[k]);
      v.require(size_ == prices.size(), "levels of a book");
    }
    v.number("dropped", dropped_);
  }
  /// What formats before 8 do not have.
  template <class Visitor>
  void floor_state(Visitor& v) {
    v.number("floor", floor_);
  }

 private:
  static constexpr std::size_t kChunk = 64, kFew = 16;
  using Column = std::array<double, kChunk>;
  struct Chunk {
    std::size_t count = 0;
    Column price{}, qty{};
  };

  [[nodiscard]] double no_floor() const noexcept {
    return step_ * std::numeric_limits<double>::infinity();
  }
  /// Whether a stands before b.
  [[nodiscard]] bool before(double a, double b) const noexcept { return step_ * a < step_ * b; }
  /// The first chunk whose last level is not before this price; else the last one.
  [[nodiscard]] std::size_t chunk_of(double price) const noexcept {
    if (order_.size() < 2 || !before(ends_[0], price)) return 0;
    const auto found = std::lower_bound(ends_.begin() + 1, ends_.end() - 1, price,
                                        [&](double end, double p) { return before(end, p); });
    return static_cast<std::size_t>(found - ends_.begin());
  }
  /// How many levels of a chunk stand before this price.
  [[nodiscard]] std::size_t slot_of(const Chunk& chunk, double price) const noexcept {
    std::size_t slot = 0;
    for (std::size_t i = 0; i < chunk.count; ++i) slot += before(chunk.price[i], price) ? 1 : 0;
    return slot;
  }
  void insert(std::size_t at, std::size_t slot, double price, double qty) {
    if (order_.empty()) add_chunk(0);
    if (chunks_[order_[at]].count == kChunk) {
      split(at);
      const std::size_t half = chunks_[order_[at]].count;
      if (slot > half) slot -= half, ++at;
    }
    Chunk& chunk = chunks_[order_[at]];
    shift(chunk, slot, slot + 1, chunk.count - slot);
    chunk.price[slot] = price;
    chunk.qty[slot] = qty;
    ++chunk.count;
    ends_[at] = chunk.price[chunk.count - 1];
    if (++size_ > most_) drop_worst();
  }
  void erase(std::size_t at, std::size_t slot) {
    Chunk& chunk = chunks_[order_[at]];
    shift(chunk, slot + 1, slot, chunk.count - slot - 1);
    --chunk.count;
    --size_;
    if (chunk.count > 0) ends_[at] = chunk.price[chunk.count - 1];
    if (chunk.count < (at == 0 ? kFront : kFew)) fill_up(at);
  }
  void drop_worst() {
    const std::size_t last = order_.size() - 1;
    erase(last, chunks_[order_[last]].count - 1);
    floor_ = ends_.back();
    ++dropped_;
  }
  /// A chunk that holds little becomes one with a neighbour, or takes some levels from it.
  [[gnu::noinline]] void fill_up(std::size_t at) {
    if (order_.size() == 1) {
      if (size_ == 0) free_chunks();
      return;
    }
    if (at + 1 == order_.size()) --at;
    Chunk& chunk = chunks_[order_[at]];
    Chunk& next = chunks_[order_[at + 1]];
    const std::size_t all = chunk.count + next.count;
    const std::size_t moved = all <= kChunk ? next.count : all / 2 - std::min(all / 2, chunk.count);
    std::copy_n(next.price.begin(), moved, chunk.price.begin() + chunk.count);
    std::copy_n(next.qty.begin(), moved, chunk.qty.begin() + chunk.count);
    chunk.count += moved;
    shift(next, moved, 0, next.count - moved);
    next.count -= moved;
    if (next.count == 0) remove_chunk(at + 1);
    ends_[at] = chunk.price[chunk.count - 1];
  }
  [[gnu::noinline]] void split(std::size_t at) {
    add_chunk(at + 1);
    Chunk& chunk = chunks_[order_[at]];
    Chunk& next = chunks_[order_[at + 1]];
    const std::size_t half = kChunk / 2;
    std::copy_n(chunk.price.begin() + half, kChunk - half, next.price.begin());
    std::copy_n(chunk.qty.begin() + half, kChunk - half, next.qty.begin());
    next.count = kChunk - half;
    chunk.count = half;
    ends_[at] = chunk.price[half - 1];
    ends_[at + 1] = next.price[next.count - 1];
  }
  void add_chunk(std::size_t at) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(chunks_.size()));
      chunks_.emplace_back();
    }
    const std::uint32_t chunk = free_.back();
    free_.pop_back();
    chunks_[chunk].count = 0;
    order_.insert(order_.begin() + static_cast<std::ptrdiff_t>(at), chunk);
    ends_.insert(ends_.begin() + static_cast<std::ptrdiff_t>(at), 0.0);
  }
  void free_chunks() noexcept {
    free_.insert(free_.end(), order_.begin(), order_.end());
    order_.clear();
    ends_.clear();
    size_ = 0;
  }
  void remove_chunk(std::size_t at) {
    free_.push_back(order_[at]);
    order_.erase(order_.begin() + static_cast<std::ptrdiff_t>(at));
    ends_.erase(ends_.begin() + static_cast<std::ptrdiff_t>(at));
  }
  /// Moves levels of a chunk from one slot to another.
  static void shift(Chunk& chunk, std::size_t from, std::size_t to, std::size_t count) noexcept {
    for (Column* const column : {&chunk.price, &chunk.qty}) {
      std::memmove(column->data() + to, column->data() + from, count * sizeof(double));
    }
  }
  [[nodiscard]] std::vector<double> column(Column Chunk::* of) const {
    std::vector<double> all;
    all.reserve(size_);
    for (const std::uint32_t c : order_) {
      const Column& values = chunks_[c].*of;
      all.insert(all.end(), values.begin(), values.begin() + chunks_[c].count);
    }
    return all;
  }

  double step_;  // the sign of the way that prices go
  std::size_t most_;
  std::size_t size_ = 0;
  std::uint64_t dropped_ = 0;
  double floor_ = no_floor();  // the last price up to which all levels are known
  std::vector<Chunk> chunks_;
  std::vector<std::uint32_t> free_, order_;  // chunks that hold nothing, and the others
  std::vector<double> ends_;                 // their last prices
};

}  // namespace tickeng
