// Sums over the rows of (t - D, t], and of (t - lag - D, t - lag]: the same window some time ago,
// where it ended then and not at the last row before. Spec: B-15, C-18.
//
// Rows stay until they have left both; a tick costs the same however many come, wait or leave with
// it. Where more than `most` rows are in (t - lag - D, t] the answer is NaN until as many have
// left: it follows from the last most + 1 rows alone.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tickeng/stat/range_sums.hpp"

namespace tickeng::stat {

template <std::size_t L>
class LaggedTimeWindow {
 public:
  using Row = TimeRow<L>;

  /// span, lag >= 1 ns, most >= 1 row.
  LaggedTimeWindow(std::int64_t span, std::int64_t lag, std::size_t most)
      : span_(span), lag_(lag), most_(most) {}

  void reset() { stand_at(0); }
  /// The same; `index` is that of the next row.
  void reset(std::uint64_t index) { stand_at(static_cast<std::size_t>(index)); }
  /// Adds a row, never older than the one before.
  void push(std::int64_t ts, const Row& x) noexcept {
    ts_.append(ts);
    rows_.append(x);
    now_ = first_after(now_, ts - span_);
    then_end_ = first_after(then_end_, ts - lag_);
    then_ = first_after(then_, ts - lag_ - span_);
    if (overflows()) [[unlikely]]
      then_ = rows_.size() - most_ - 1;
    now_ = std::max(now_, then_);  // a damaged state may have stamps of the future
    then_end_ = std::max(then_end_, then_);
    ts_.drop_before(then_);
    rows_.drop_before(then_);
  }
  /// Over (t - D, t].
  [[nodiscard]] Row now() const noexcept { return rows_.sum(now_, rows_.size()); }
  /// Over (t - lag - D, t - lag].
  [[nodiscard]] Row then() const noexcept { return rows_.sum(then_, then_end_); }
  [[nodiscard]] bool overflows() const noexcept { return rows_.size() - then_ > most_; }
  /// As after n more rows that nobody has seen.
  void skip(std::uint64_t n) { stand_at(rows_.size() + static_cast<std::size_t>(n)); }

  /// The rows of (t - lag - D, t], most + 1 of them at most; sums are made anew.
  template <class Visitor>
  void state(Visitor& v) {
    std::uint64_t first = then_;
    std::vector<std::int64_t> ts;
    std::vector<double> x;
    for (std::size_t i = then_; !Visitor::kLoads && i < rows_.size(); ++i) {
      ts.push_back(ts_[i]);
      x.insert(x.end(), rows_[i].begin(), rows_[i].end());
    }
    v.number("first", first);
    v.list("ts_ns", ts);
    v.list("values", x);
    if constexpr (Visitor::kLoads) {
      v.require(first < std::uint64_t{1} << 62 && x.size() == L * ts.size() &&
                    ts.size() <= most_ + 1 && std::ranges::is_sorted(ts) &&
                    (ts.empty() || ts.front() >= 0),
                "rows of a window");
      stand_at(static_cast<std::size_t>(first));
      for (std::size_t i = 0; i < ts.size(); ++i) {
        Row row;
        std::copy_n(x.data() + i * L, L, row.begin());
        ts_.append(ts[i]);
        rows_.append(row);
      }
    }
  }

 private:
  void stand_at(std::size_t row) {
    ts_.clear(row);
    rows_.clear(row);
    now_ = then_ = then_end_ = row;
  }
  /// The first row from `low` on that is later: a few one by one, more by halves.
  [[nodiscard]] std::size_t first_after(std::size_t low, std::int64_t until) const noexcept {
    std::size_t high = ts_.size();
    for (int few = 0; few < 8; ++few, ++low) {
      if (low == high || ts_[low] > until) return low;
    }
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      if (ts_[middle] <= until) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  std::int64_t span_, lag_;
  std::size_t most_;
  PagedQueue<std::int64_t> ts_;
  RangeSums<L> rows_;
  std::size_t now_ = 0, then_ = 0,
              then_end_ = 0;  // first rows of the two, and the end of the other
};

}  // namespace tickeng::stat
