// Exact quantile of the last W values, linearly interpolated. Spec: B-06, B-07 (p = 0.5).
//
// h = (n - 1) p, value = x[floor h] + (x[floor h + 1] - x[floor h]) (h - floor h), as in NumPy.
//
// Only a band of values around the wanted rank is kept in order; of the rest just the number below
// is known. The rank moves by at most one place a push, so when fewer than kMargin places are left
// on a side, a scan of the ring (a few hundred slots a push) gathers the nearest values beyond that
// edge and is done before the band runs out: no rebuild, no spike, for any data. Usual push: two
// compares. The answer is exact whatever the band holds, so none of this is state or moves a bit.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "tickeng/stat/counted_values.hpp"

namespace tickeng::stat {

class RollingQuantile {
 public:
  /// window >= 1, 0 <= p <= 1.
  RollingQuantile(std::size_t window, double p)
      : window_(window), ring_(window), p_(p), band_(2 * (kKeep + 1) + kReach + 4),
        beyond_(kReach + 1) {
    reset();
  }

  void reset() noexcept {
    head_ = count_ = 0;
    forget();
  }

  /// x finite.
  [[gnu::always_inline]] void push(double x) noexcept {
    x += 0.0;  // -0.0 and 0.0 are one value
    const std::size_t slot = head_;
    const double old = ring_[slot];
    ring_[slot] = x;
    if (++head_ == window_) head_ = 0;
    if (busy_ | (int{holds(x)} | int{holds(old)})) [[unlikely]] {
      turn(slot, x, old);
    } else {
      below_ += static_cast<std::ptrdiff_t>(x < low_) - static_cast<std::ptrdiff_t>(old < low_);
      if (const std::ptrdiff_t place = rank_ - below_; place < least_ || place > most_) watch();
    }
  }

  /// Quantile of the last min(count, W) values. Precondition: count() > 0.
  [[nodiscard, gnu::always_inline]] double value() noexcept {
    const std::ptrdiff_t place = rank_ - below_;
    if (place < before_ || place >= until_) seek(place);
    const double low = band_.value(at_);
    const double high = place + 1 < until_ ? low : band_.value(next_);
    return low + (high - low) * fraction_;
  }
  /// The quantile after each of n values.
  void run(const double* x, std::size_t n, double* y) noexcept {
    for (std::size_t i = 0; i < n; ++i) {
      push(x[i]);
      y[i] = value();
    }
  }
  /// Precondition: full().
  void skip(std::uint64_t n) noexcept { head_ = (head_ + n) % window_; }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] bool full() const noexcept { return count_ == window_; }

  /// Logical state only: the ring; the band is found again.
  template <class Visitor>
  void state(Visitor& v) {
    v.array("ring", std::span<double>(ring_));
    v.index("head", head_, window_);
    v.index("count", count_, window_ + 1);
    if constexpr (Visitor::kLoads) {
      for (const double x : ring_) v.require(std::isfinite(x), "quantile window");
      forget();
      restore();
    }
  }

 private:
  // A scan takes at most kScan pushes. The other side may have to wait for one and then lose a
  // place a push during its own, so it must start with more than 2 kScan places left; and what two
  // scans bring in must exceed what both sides can lose meanwhile.
  static constexpr std::size_t kScan = 48;
  static constexpr std::size_t kHaste = 13;  // the last pushes of a scan share out the rest
  static constexpr std::ptrdiff_t kMargin = 2 * kScan + 16;
  static constexpr std::ptrdiff_t kKeep = 256;  // places kept on a side; what is beyond is let go
  static constexpr std::size_t kReach = 128;    // distinct values that one scan brings in
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();

  void forget() noexcept {
    band_.clear();
    beyond_.clear();
    low_ = -kInfinity;
    high_ = kInfinity;
    below_ = before_ = 0;
    at_ = scanned_ = 0, scan_ = 0;
    aim();
    settle();
  }
  void restore() noexcept {
    std::vector<double> sorted(ring_.begin(), ring_.begin() + static_cast<std::ptrdiff_t>(count_));
    std::sort(sorted.begin(), sorted.end());
    const auto rank = static_cast<std::size_t>(rank_);
    std::size_t from = rank > kKeep ? rank - kKeep : 0;
    while (from > 0 && sorted[from - 1] == sorted[from]) --from;
    std::size_t to = from;
    while (to < count_ && (to < rank + kKeep || sorted[to] == sorted[to - 1])) {
      band_.add(sorted[to++]);
    }
    below_ = static_cast<std::ptrdiff_t>(from);
    if (from > 0) low_ = sorted[from];
    if (to < count_) high_ = sorted[to - 1];
    settle();
  }

  /// The wanted rank among count_ values.
  void aim() noexcept {
    const double h = count_ > 0 ? p_ * static_cast<double>(count_ - 1) : 0.0;
    rank_ = static_cast<std::ptrdiff_t>(h);
    fraction_ = h - static_cast<double>(rank_);
  }
  [[nodiscard]] bool holds(double x) const noexcept { return (x >= low_) & (x <= high_); }
  [[nodiscard]] std::ptrdiff_t left() const noexcept { return rank_ - below_; }
  [[nodiscard]] std::ptrdiff_t right() const noexcept { return below_ + total() - 1 - rank_; }
  [[nodiscard]] std::ptrdiff_t count(std::size_t i) const noexcept {
    return static_cast<std::ptrdiff_t>(band_.count(i));
  }
  [[nodiscard]] std::ptrdiff_t total() const noexcept {
    return static_cast<std::ptrdiff_t>(band_.total());
  }

  /// A push that the band, a scan or a window that still fills has to hear of.
  [[gnu::noinline]] void turn(std::size_t slot, double x, double old) noexcept {
    const bool full = count_ == window_;
    if (full) {
      leave(old);
    } else {
      ++count_;
      aim();
    }
    enter(x);
    if (scan_ != 0) {
      if (slot < scanned_) {
        if (full && gathers(old)) beyond_.remove(scan_ * old);
        if (gathers(x)) gather(x);
      }
      scan();
    } else if (left() < kMargin || right() < kMargin) {
      watch();
    }
    settle();
  }
  void enter(double x) noexcept {
    if (x < low_) {
      ++below_;
    } else if (x <= high_) {
      const auto [i, fresh] = band_.add(x);
      if (i < at_ || (i == at_ && fresh)) {
        ++before_;
        at_ += fresh ? 1 : 0;
      }
      trim();
    }
  }
  void leave(double x) noexcept {
    if (x < low_) {
      --below_;
    } else if (x <= high_) {
      const auto [i, gone] = band_.remove(x);
      if (i < at_) {
        --before_;
        at_ -= gone ? 1 : 0;
      }
    }
  }
  /// What push() and value() rely on after anything but below_ has changed.
  void settle() noexcept {
    constexpr std::ptrdiff_t kFar = PTRDIFF_MAX;
    busy_ = scan_ != 0 || count_ < window_;
    least_ = low_ > -kInfinity ? kMargin : -kFar;
    most_ = high_ < kInfinity ? total() - 1 - kMargin : kFar;
    if (at_ >= band_.size()) at_ = 0, before_ = 0;
    until_ = before_ + (band_.size() > 0 ? count(at_) : 0);
    next_ = at_ + 1 < band_.size() ? at_ + 1 : at_;
  }
  /// Lets go of what is further than kKeep places from the rank.
  void trim() noexcept {
    while (right() > kKeep + count(band_.size() - 1)) {
      band_.pop_back();
      high_ = band_.back();
      if (scan_ > 0) scan_ = 0;
    }
    std::size_t gone = 0;
    std::ptrdiff_t repeats = 0;
    while (left() > kKeep + repeats + count(gone)) repeats += count(gone++);
    if (gone == 0) return;
    band_.drop_front(gone);
    below_ += repeats;
    low_ = band_.value(0);
    const bool kept = at_ >= gone;
    at_ = kept ? at_ - gone : 0;
    before_ = kept ? before_ - repeats : 0;
    if (scan_ < 0) scan_ = 0;
  }
  [[gnu::noinline]] void watch() noexcept {
    const std::ptrdiff_t up = high_ < kInfinity ? right() : kMargin;
    const std::ptrdiff_t down = low_ > -kInfinity ? left() : kMargin;
    if (up < kMargin && up <= down) {
      begin_scan(+1, high_);
    } else if (down < kMargin) {
      begin_scan(-1, -low_);
    }
    settle();
  }

  // A scan to the left is one to the right with every sign turned.
  void begin_scan(int direction, double edge) noexcept {
    scan_ = direction;
    edge_ = edge;
    reach_ = kInfinity;
    scanned_ = steps_ = 0;
    beyond_.clear();
  }
  [[nodiscard]] bool gathers(double x) const noexcept {
    const double y = scan_ * x;
    return y > edge_ && y <= reach_;
  }
  void gather(double x) noexcept {
    beyond_.add(scan_ * x);
    // Enough is enough: on a lot grid a few values may be most of the window.
    while (beyond_.size() > kReach ||
           beyond_.total() >= static_cast<std::size_t>(kKeep) + beyond_.back_count()) {
      beyond_.pop_back();
      reach_ = beyond_.back();
    }
  }
  void scan() noexcept {
    // Nearly every value counts at first and few do later: steps that grow make pushes cost alike.
    const std::size_t left = kScan - ++steps_;
    std::size_t step = std::clamp<std::size_t>(scanned_ / 8, 32, 480);
    if (left < kHaste) step = std::max(step, (count_ - scanned_) / (left + 1) + 1);
    const std::size_t end = std::min(count_, scanned_ + step);
    for (; scanned_ < end; ++scanned_) {
      if (gathers(ring_[scanned_])) gather(ring_[scanned_]);
    }
    if (scanned_ < count_) return;
    const int direction = scan_;
    scan_ = 0;
    band_.extend(beyond_, direction);
    if (direction > 0) {
      high_ = reach_;
    } else {
      below_ -= static_cast<std::ptrdiff_t>(beyond_.total());
      low_ = -reach_;
    }
    at_ = 0, before_ = 0;
    trim();
  }

  /// Moves the cursor to the value that holds this place of the band.
  [[gnu::noinline]] void seek(std::ptrdiff_t place) noexcept {
    while (place < before_) before_ -= count(--at_);
    until_ = before_ + count(at_);
    while (place >= until_) {
      before_ = until_;
      until_ += count(++at_);
    }
    next_ = at_ + 1 < band_.size() ? at_ + 1 : at_;
  }

  std::size_t window_;
  std::vector<double> ring_;
  std::size_t head_ = 0, count_ = 0;
  double p_;
  std::ptrdiff_t rank_ = 0;
  double fraction_ = 0.0;

  CountedValues band_;  // every value in [low_, high_]
  double low_ = -kInfinity, high_ = kInfinity;
  std::ptrdiff_t below_ = 0;             // how many values are < low_
  std::ptrdiff_t least_ = 0, most_ = 0;  // places at which no side is near its end
  bool busy_ = true;                     // a scan is under way, or the window fills
  // Cursor: values [before_, until_) of the band equal value at_; next_ is the one after.
  std::size_t at_ = 0, next_ = 0;
  std::ptrdiff_t before_ = 0, until_ = 0;

  CountedValues beyond_;                   // what the scan under way has gathered
  int scan_ = 0;                           // +1 upwards, -1 downwards, 0 none
  double edge_ = 0.0, reach_ = kInfinity;  // gathers (edge_, reach_], in turned sign
  std::size_t scanned_ = 0, steps_ = 0;
};

}  // namespace tickeng::stat
