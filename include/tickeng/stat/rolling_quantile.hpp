// Exact quantile of the last W values, linearly interpolated. Spec: B-06, B-07 (p = 0.5).
//
// h = (n - 1) p, value = x[floor h] + (x[floor h + 1] - x[floor h]) (h - floor h), as in NumPy.
//
// Only a band of values around the wanted rank is kept in order; of the rest just the number below
// is known. The rank moves by at most one position a push, so when fewer than kMargin positions are
// left on a side, a scan of the ring (band_scan.hpp) gathers the nearest values beyond that edge
// and is done before the band runs out: no rebuild, no spike, for any data. Usual push: two
// compares. The answer is exact whatever the band holds, so none of this is state or moves a bit.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "tickeng/stat/band_scan.hpp"
#include "tickeng/stat/counted_values.hpp"
#include "tickeng/stat/room.hpp"
#include "tickeng/stat/steady_band.hpp"
#include "tickeng/stat/vec.hpp"

namespace tickeng::stat {

class RollingQuantile {
 public:
  /// window >= 1, 0 <= p <= 1.
  RollingQuantile(std::size_t window, double p)
      : window_(window), ring_(make_rows(Room::of(window), window)), p_(p), band_(Room::of(kBand)),
        scan_(Room::of(kBand)) {
    reset();
  }
  /// Memory for the first `rows` values.
  void grow(std::size_t rows) {
    stat::grow(ring_, std::min(rows, window_), window_);
    band_.grow(std::min(rows, kBand));
    scan_.grow(rows);
  }

  void reset() noexcept {
    std::ranges::fill(ring_, 0.0);
    head_ = count_ = 0;
    forget();
  }

  /// Adds x, which must be finite; the quantile of the last min(count, W) values.
  [[gnu::always_inline]] double push(double x) noexcept {
    x += 0.0;  // -0.0 and 0.0 are one value
    const std::size_t slot = head_;
    const double old = ring_[slot];
    ring_[slot] = x;
    if (++head_ == window_) head_ = 0;
    if (!steady_.takes(x, old, position_)) [[unlikely]] {
      turn(slot, x, old);
    }
    return value();
  }
  /// Precondition: count() > 0.
  [[nodiscard, gnu::always_inline]] double value() const noexcept { return steady_.at(position_); }
  /// The quantile after each of n values.
  void run(const double* x, std::size_t n, double* y) noexcept {
    for (std::size_t i = 0; i < n; ++i) {
      i += push_steady(x + i, std::min(n - i, window_ - head_), y + i);
      if (i < n) y[i] = push(x[i]);
    }
  }
  /// Precondition: full().
  void skip(std::uint64_t n) noexcept { head_ = (head_ + n) % window_; }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] bool full() const noexcept { return count_ == window_; }

  /// Logical state only: the ring; the band is found again.
  template <class Visitor>
  void state(Visitor& v) {
    state_of(v, "ring", ring_, window_);
    v.index("head", head_, window_);
    v.index("count", count_, window_ + 1);
    if constexpr (Visitor::kLoads) {
      v.require(ring_.size() == window_ || (head_ == count_ && count_ <= v.rows()),
                "window indices");
      for (const double x : ring_) v.require(std::isfinite(x), "quantile window");
      forget();
      restore();
    }
  }

 private:
  // Gathering beyond a side takes at most a scan with a guess and one without. The other side may
  // have to wait for it and then lose a position a push during its own, so it must start with more
  // positions left than both take; and what two of them bring in must exceed what both sides can
  // lose meanwhile.
  static constexpr std::ptrdiff_t kMargin = 2 * (BandScan::kQuick + BandScan::kSlow) + 12;
  static constexpr std::ptrdiff_t kKeep =
      160;  // positions kept on a side; what is beyond is let go
  static constexpr std::size_t kBand = 2 * (kKeep + 1) + BandScan::kReach + 4;  // values at most
  static constexpr double kInfinity = BandScan::kInfinity;

  void forget() noexcept {
    band_.clear();
    scan_.stop();
    low_ = -kInfinity;
    high_ = kInfinity;
    rank_ = position_ = before_ = 0;
    at_ = 0;
    set_rank();
    update_steady();
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
    position_ = rank_ - static_cast<std::ptrdiff_t>(from);
    if (from > 0) low_ = sorted[from];
    if (to < count_) high_ = sorted[to - 1];
    update_steady();
  }

  /// The wanted rank among count_ values.
  void set_rank() noexcept {
    const double h = count_ > 0 ? p_ * static_cast<double>(count_ - 1) : 0.0;
    const auto rank = static_cast<std::ptrdiff_t>(h);
    position_ += rank - rank_;
    rank_ = rank;
    fraction_ = h - static_cast<double>(rank_);
  }
  [[nodiscard]] std::ptrdiff_t left() const noexcept { return position_; }
  [[nodiscard]] std::ptrdiff_t right() const noexcept { return total() - 1 - position_; }
  [[nodiscard]] std::ptrdiff_t count(std::size_t i) const noexcept {
    return static_cast<std::ptrdiff_t>(band_.count(i));
  }
  [[nodiscard]] std::ptrdiff_t total() const noexcept {
    return static_cast<std::ptrdiff_t>(band_.total());
  }

  /// The usual pushes until one is not; returns how many. The ring does not wrap in n values.
  std::size_t push_steady(const double* x, std::size_t n, double* y) noexcept {
    const SteadyBand steady = steady_;
    double* const ring = ring_.data() + head_;
    std::ptrdiff_t position = position_;
    std::size_t i = 0;
    for (; i < n; ++i) {
      const double value = x[i] + 0.0;
      if (!steady.takes(value, ring[i], position)) break;
      ring[i] = value;
      y[i] = steady.at(position);
    }
    position_ = position;
    head_ = head_ + i == window_ ? 0 : head_ + i;
    return i;
  }
  /// A push that the band, a scan or a window that still fills has to hear of.
  [[gnu::noinline]] void turn(std::size_t slot, double x, double old) noexcept {
    const bool full = count_ == window_;
    if (full) {
      leave(old);
    } else {
      ++count_;
      set_rank();
    }
    enter(x);
    if (scan_.direction() != 0) {
      scan_.replaced(slot, old, full, x);
      if (scan_.step({ring_.data(), count_})) extend();
    } else {
      watch();
    }
    update_steady();
  }
  void enter(double x) noexcept {
    if (x < low_) {
      --position_;
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
      ++position_;
    } else if (x <= high_) {
      const auto [i, gone] = band_.remove(x);
      if (i < at_) {
        --before_;
        at_ -= gone ? 1 : 0;
      }
    }
  }
  /// Moves the cursor to the value at the wanted rank; what push() and value() rely on after
  /// anything but position_ has changed.
  void update_steady() noexcept {
    constexpr std::ptrdiff_t kFar = PTRDIFF_MAX / 4;
    if (at_ >= band_.size()) at_ = 0, before_ = 0;
    while (position_ < before_) before_ -= count(--at_);
    std::ptrdiff_t until = before_ + (band_.size() > 0 ? count(at_) : 0);
    for (; position_ >= until && at_ + 1 < band_.size(); until += count(++at_)) before_ = until;
    const double value = band_.size() > 0 ? band_.value(at_) : 0.0;
    const double next = at_ + 1 < band_.size() ? band_.value(at_ + 1) : value;
    const bool busy = scan_.direction() != 0 || count_ < window_;
    const std::ptrdiff_t least = low_ > -kInfinity ? kMargin : -kFar;
    const std::ptrdiff_t most = high_ < kInfinity ? total() - 1 - kMargin : kFar;
    const std::ptrdiff_t first = std::max(before_, least), last = std::min(until - 1, most);
    steady_ = {.low = Vec<2>{} + low_,
               .high = Vec<2>{} + high_,
               .first = busy || first > last ? kFar : first,
               .span = busy || first > last ? 0 : static_cast<std::size_t>(last - first),
               .edge_position = until - 1,
               .inside = value,
               .edge = value + (next - value) * fraction_};
  }
  /// Lets go of what is further than kKeep positions from the rank.
  void trim() noexcept {
    while (right() > kKeep + count(band_.size() - 1)) {
      band_.pop_back();
      high_ = band_.back();
      if (scan_.direction() > 0) scan_.stop();
    }
    std::size_t gone = 0;
    std::ptrdiff_t repeats = 0;
    while (left() > kKeep + repeats + count(gone)) repeats += count(gone++);
    if (gone == 0) return;
    band_.drop_front(gone);
    position_ -= repeats;
    low_ = band_.value(0);
    const bool kept = at_ >= gone;
    at_ = kept ? at_ - gone : 0;
    before_ = kept ? before_ - repeats : 0;
    if (scan_.direction() < 0) scan_.stop();
  }
  /// Places left to the side where a scan in this direction gathers; kMargin where nothing is.
  [[nodiscard]] std::ptrdiff_t room(int direction) const noexcept {
    if (direction > 0) return high_ < kInfinity ? right() : kMargin;
    return low_ > -kInfinity ? left() : kMargin;
  }
  void watch() noexcept {
    const std::ptrdiff_t up = room(+1), down = room(-1);
    if (up < kMargin && up <= down) {
      gather(+1, true);
    } else if (down < kMargin) {
      gather(-1, true);
    }
  }
  /// Begins a scan. The guess: as many values lie beyond the edge as far from it as before it.
  void gather(int direction, bool guess) noexcept {
    const double edge = direction > 0 ? high_ : -low_;
    const double spread = band_.size() > 0 ? edge - direction * band_.value(at_) : 0.0;
    scan_.begin(direction, edge, guess && spread > 0.0 ? edge + spread : kInfinity);
  }
  /// Joins what a scan has found to the band; where a guess was too short, goes on without one.
  void extend() noexcept {
    const int direction = scan_.direction();
    const bool guessed = scan_.guesses();
    scan_.stop();
    band_.extend(scan_.found(), direction);
    if (direction > 0) {
      high_ = scan_.reach();
    } else {
      position_ += static_cast<std::ptrdiff_t>(scan_.found().total());
      low_ = -scan_.reach();
    }
    at_ = 0, before_ = 0;
    trim();
    if (guessed && room(direction) < kMargin) gather(direction, false);
  }

  std::size_t window_;
  Rows ring_;
  std::size_t head_ = 0, count_ = 0;
  double p_;
  std::ptrdiff_t rank_ = 0;
  double fraction_ = 0.0;

  CountedValues band_;  // every value in [low_, high_]
  double low_ = -kInfinity, high_ = kInfinity;
  std::ptrdiff_t position_ = 0;  // of the wanted rank in the band: rank less how many are below
  // The cursor: values [before_, before_ + count) of the band equal the one at at_.
  std::size_t at_ = 0;
  std::ptrdiff_t before_ = 0;
  SteadyBand steady_{};
  BandScan scan_;
};

}  // namespace tickeng::stat
