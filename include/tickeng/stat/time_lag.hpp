// The last value at or before t - D. Spec: B-15, value_at.
//
// Rows wait until they are D old; an undefined value is one as well. Beyond `most` rows that wait
// the answer is NaN until as many have passed.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "tickeng/stat/time_block.hpp"

namespace tickeng::stat {

class TimeLag {
 public:
  TimeLag(std::int64_t span, std::size_t most) : span_(span), most_(most) {}
  TimeLag(TimeLag&&) noexcept = default;
  TimeLag& operator=(TimeLag&&) noexcept = default;
  TimeLag(const TimeLag& other)
      : span_(other.span_), most_(other.most_), rows_(other.rows_), left_(other.left_),
        value_(other.value_) {}
  ~TimeLag() = default;

  void reset() { stand_at(0); }
  /// Adds a row, never older than the one before; the value as of D before it.
  double push(std::int64_t ts, double x) noexcept {
    rows_.append(ts, {x}, spare_);
    const std::int64_t until = ts - span_;
    std::size_t left = left_;
    for (int few = 0; few < 8 && rows_.ts(left) <= until; ++few) ++left;  // the newest is later
    if (rows_.ts(left) <= until) left = first_after(left, until);
    if (left > left_) pass(left);
    if (rows_.pages() > most_ / TimeBlock<1>::kPage + 3) [[unlikely]] {
      rows_.drop_page(spare_);
      left_ = std::max(left_, rows_.first());
    }
    return overflows() ? kUndefined : value_;
  }
  [[nodiscard]] bool overflows() const noexcept { return rows_.size() - left_ > most_; }
  /// As after n more rows that nobody has seen.
  void skip(std::uint64_t n) { stand_at(rows_.size() + static_cast<std::size_t>(n)); }

  /// The newest rows that wait, `most` + 1 at most, and the value.
  template <class Visitor>
  void state(Visitor& v) {
    const std::size_t kept = std::min(rows_.size() - left_, most_ + 1);
    std::uint64_t first = rows_.size() - kept;
    double value = overflows() ? kUndefined : value_;
    std::vector<std::int64_t> ts;
    std::vector<double> x;
    for (auto i = static_cast<std::size_t>(first); !Visitor::kLoads && i < rows_.size(); ++i) {
      ts.push_back(rows_.ts(i));
      x.push_back(rows_.x(i)[0]);
    }
    v.number("first", first);
    v.number("value", value);
    v.list("ts_ns", ts);
    v.list("values", x);
    if constexpr (Visitor::kLoads) {
      v.require(first < std::uint64_t{1} << 62 && x.size() == ts.size() &&
                    std::ranges::is_sorted(ts) && (ts.empty() || ts.front() >= 0),
                "rows of a lag");
      stand_at(static_cast<std::size_t>(first));
      value_ = value;
      for (std::size_t i = 0; i < ts.size(); ++i) rows_.append(ts[i], {x[i]}, spare_);
    }
  }

 private:
  static constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

  void stand_at(std::size_t row) {
    rows_.clear(spare_, row);
    left_ = row;
    value_ = kUndefined;
  }
  [[nodiscard]] std::size_t first_after(std::size_t low, std::int64_t until) const noexcept {
    std::size_t high = rows_.size();
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      if (rows_.ts(middle) <= until) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
  void pass(std::size_t left) noexcept {
    value_ = rows_.x(left - 1)[0];
    left_ = left;
    while (rows_.first() / TimeBlock<1>::kPage < left / TimeBlock<1>::kPage) {
      rows_.drop_page(spare_);
    }
  }

  std::int64_t span_;
  std::size_t most_;
  TimeBlock<1> rows_;
  typename TimeBlock<1>::Pages spare_;
  std::size_t left_ = 0;  // the first row that waits
  double value_ = kUndefined;
};

}  // namespace tickeng::stat
