// Sums over the rows of (t - D, t]. Spec: B-15.
//
// Time is cut at absolute multiples of D, so that a window is the rest of one block and all of the
// next so far: a suffix and a prefix, added; nothing is subtracted when a row leaves. Rows of a
// block are summed in chunks of 32, these in pages of 512, pages in a row, so that the error is of
// some hundred roundings at most and a tick that enters a new chunk or page costs its size, not
// that of the window. Pages come as rows do and go as they leave. Beyond `most` rows the answer is
// NaN until as many have left: it follows from the last most + 1 rows alone.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tickeng/stat/time_block.hpp"

namespace tickeng::stat {

template <std::size_t L>
class TimeWindow {
 public:
  using Row = TimeRow<L>;

  /// span >= 1 ns, most >= 1 row.
  TimeWindow(std::int64_t span, std::size_t most) : span_(span), most_(most) {}
  TimeWindow(TimeWindow&&) noexcept = default;
  TimeWindow& operator=(TimeWindow&&) noexcept = default;
  TimeWindow(const TimeWindow& other)
      : span_(other.span_), most_(other.most_), older_(other.older_), newer_(other.newer_),
        number_(other.number_), end_(other.end_), left_(other.left_) {
    find_suffixes();
  }
  ~TimeWindow() = default;

  void reset() {
    older_.clear(spare_);
    newer_.clear(spare_);
    number_ = end_ = kNoBlock;
    left_ = 0;
    find_suffixes();
  }
  /// Adds a row, never older than the one before.
  void push(std::int64_t ts, const Row& x) noexcept {
    if (ts >= end_) [[unlikely]]
      turn(ts);
    newer_.append(ts, x, spare_);
    if (left_ < older_.size() && older_.ts(left_) <= ts - span_) expire(ts - span_);
    if (older_.pages() + newer_.pages() > most_ / kPage + 3) [[unlikely]]
      drop_page();
  }
  /// Of the rows in the window; NaN-free, but meaningless where overflows().
  [[nodiscard]] Row sum() const noexcept {
    Row sum = newer_.sum();
    if (left_ < older_.size()) {
      Row before = suffixes_[left_ % kChunk];
      add_to(before, behind_chunk_);
      add_to(before, behind_page_);
      add_to(sum, before);
    }
    return sum;
  }
  [[nodiscard]] std::size_t count() const noexcept { return older_.size() - left_ + newer_.size(); }
  [[nodiscard]] bool overflows() const noexcept { return count() > most_; }
  /// What is inside means nothing until memory_ns() has passed.
  void skip(std::uint64_t) noexcept {}
  /// How far back in time what it says depends on rows: two blocks, which are then whole.
  [[nodiscard]] static std::uint64_t memory_ns(std::int64_t span) noexcept {
    return 2 * static_cast<std::uint64_t>(span);
  }

  /// The newest rows in the window, `most` + 1 at most; sums are made anew.
  template <class Visitor>
  void state(Visitor& v) {
    v.number("block", number_);
    const std::size_t newer = std::min(newer_.size(), most_ + 1);
    const std::size_t older = std::min(older_.size() - left_, most_ + 1 - newer);
    side(v, older_, older_.size() - older);
    side(v, newer_, newer_.size() - newer);
    if constexpr (Visitor::kLoads) {
      v.require(number_ == kNoBlock || (number_ >= 0 && number_ < INT64_MAX / span_),
                "block of time");
      end_ = number_ == kNoBlock ? kNoBlock : (number_ + 1) * span_;
      older_.close();
      left_ = older_.first();
      find_suffixes();
    }
  }

 private:
  static constexpr std::size_t kChunk = TimeBlock<L>::kChunk, kPage = TimeBlock<L>::kPage;
  static constexpr std::int64_t kNoBlock = INT64_MIN;

  [[gnu::noinline]] void turn(std::int64_t ts) noexcept {
    const std::int64_t number = ts / span_;
    older_.clear(spare_);
    if (number_ != kNoBlock && number == number_ + 1) {
      std::swap(older_, newer_);
      older_.close();
      left_ = older_.first();
    } else {  // nothing that was is inside any more
      newer_.clear(spare_);
      left_ = 0;
    }
    number_ = number;
    end_ = number < INT64_MAX / span_ ? (number + 1) * span_ : INT64_MAX;
    find_suffixes();
  }
  /// Passes the rows up to this time: a few one by one, more by halves.
  [[gnu::noinline]] void expire(std::int64_t until) noexcept {
    const std::size_t before = left_;
    for (int few = 0; few < 8 && left_ < older_.size() && older_.ts(left_) <= until; ++few) {
      ++left_;
    }
    if (left_ < older_.size() && older_.ts(left_) <= until) {
      std::size_t low = left_ + 1, high = older_.size();
      while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (older_.ts(middle) <= until) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      left_ = low;
    }
    if (left_ == older_.size() || left_ / kChunk != before / kChunk) find_suffixes();
  }
  /// What stands behind the first row that is left.
  [[gnu::noinline]] void find_suffixes() noexcept {
    if (left_ >= older_.size()) {
      if (older_.size() > 0) older_.clear(spare_);
      left_ = 0;
      return;
    }
    while (older_.first() / kPage < left_ / kPage) older_.drop_page(spare_);
    older_.chunk_suffixes(left_, suffixes_.data());
    behind_chunk_ = older_.later_chunks(left_);
    behind_page_ = older_.later_pages(left_);
  }
  /// There are more rows than are kept: the oldest go.
  [[gnu::noinline]] void drop_page() noexcept {
    if (older_.pages() == 0) return newer_.drop_page(spare_);
    older_.drop_page(spare_);
    left_ = std::max(left_, older_.first());
    find_suffixes();
  }
  template <class Visitor>
  void side(Visitor& v, TimeBlock<L>& block, std::size_t from) {
    std::uint64_t first = from == block.size() ? 0 : from;
    std::vector<std::int64_t> ts;
    std::vector<double> x;
    for (std::size_t i = from; !Visitor::kLoads && i < block.size(); ++i) {
      ts.push_back(block.ts(i));
      x.insert(x.end(), block.x(i).begin(), block.x(i).end());
    }
    v.number("first", first);
    v.list("ts_ns", ts);
    v.list("values", x);
    if constexpr (Visitor::kLoads) {
      v.require(first < std::uint64_t{1} << 62 && x.size() == L * ts.size() &&
                    std::ranges::is_sorted(ts) && (ts.empty() || ts.front() >= 0),
                "rows of a window");
      block.clear(spare_, ts.empty() ? 0 : static_cast<std::size_t>(first));
      for (std::size_t i = 0; i < ts.size(); ++i) {
        Row row;
        std::copy_n(x.data() + i * L, L, row.begin());
        block.append(ts[i], row, spare_);
      }
    }
  }

  std::int64_t span_;
  std::size_t most_;
  TimeBlock<L> older_, newer_;
  typename TimeBlock<L>::Pages spare_;
  std::int64_t number_ = kNoBlock, end_ = kNoBlock;  // of the current block, and where it ends
  std::size_t left_ = 0;  // the first row of older_ that is in the window
  std::array<Row, kChunk> suffixes_{};
  Row behind_chunk_{}, behind_page_{};
};

}  // namespace tickeng::stat
