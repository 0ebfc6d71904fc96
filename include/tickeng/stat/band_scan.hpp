// The search of a ring for the values next to a band's edge, some slots a push, while the ring goes
// on changing. Serves RollingQuantile.
//
// Usually a guess says how far beyond the edge enough values lie; then few slots count, and a scan
// is over in kQuick pushes. Without one (reach infinite) the nearest kReach distinct values, or
// kPlaces positions, are kept whatever the data; that takes kSlow pushes. A scan to the left is one
// to the right with every sign turned.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <limits>
#include <span>

#include "tickeng/stat/counted_values.hpp"
#include "tickeng/stat/vec.hpp"

namespace tickeng::stat {

class BandScan {
 public:
  static constexpr std::size_t kQuick = 10, kSlow = 32;  // pushes
  static constexpr std::size_t kReach = 128;
  static constexpr std::size_t kPlaces = 160;
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();

  /// In memory for a ring of so many rows.
  explicit BandScan(std::size_t rows) : found_(std::min(rows, kReach + 1)) {}
  void grow(std::size_t rows) { found_.grow(std::min(rows, kReach + 1)); }

  void stop() noexcept { direction_ = 0; }
  /// direction +1: gathers (edge, reach]; -1: [-reach, -edge).
  void begin(int direction, double edge, double reach) noexcept {
    direction_ = direction;
    edge_ = edge;
    reach_ = reach;
    guesses_ = reach < kInfinity;
    scanned_ = steps_ = 0;
    found_.clear();
  }
  [[nodiscard]] int direction() const noexcept { return static_cast<int>(direction_); }
  /// Whether it began with a finite reach.
  [[nodiscard]] bool guesses() const noexcept { return guesses_; }
  /// All values of the ring in (edge, reach], in turned sign, once step() has said so.
  [[nodiscard]] const CountedValues& found() const noexcept { return found_; }
  [[nodiscard]] double reach() const noexcept { return reach_; }

  /// A slot of the ring has another value; `counted`: the old one was one.
  void replaced(std::size_t slot, double old, bool counted, double x) noexcept {
    if (slot >= scanned_) return;
    if (counted && takes(old)) found_.remove(direction_ * old);
    if (takes(x)) take(x);
  }
  /// Looks at some more slots; true when it has seen them all.
  [[nodiscard]] bool step(std::span<const double> ring) noexcept {
    const std::size_t left = (guesses_ ? kQuick : kSlow) - ++steps_;
    // Without a guess nearly every value counts at first and few do later: steps that grow make
    // pushes cost alike.
    std::size_t step = guesses_ ? 0 : std::clamp<std::size_t>(scanned_ / 6, 48, 768);
    if (guesses_ || left < kHaste) step = std::max(step, (ring.size() - scanned_) / (left + 1) + 1);
    const std::size_t end = std::min(ring.size(), scanned_ + step);
    for (constexpr All<kWide> all; scanned_ + kWide <= end; scanned_ += kWide) {
      const double* const slots = ring.data() + scanned_;
      const Vec<kWide> y = (Vec<kWide>{} + direction_) * all.at(slots);
      for (unsigned in = within(y, Vec<kWide>{} + edge_, Vec<kWide>{} + reach_); in != 0;
           in &= in - 1) {
        const double x = slots[std::countr_zero(in)];
        if (takes(x)) take(x);  // the one before may have shortened the reach
      }
    }
    for (; scanned_ < end; ++scanned_) {
      if (takes(ring[scanned_])) take(ring[scanned_]);
    }
    return scanned_ == ring.size();
  }

 private:
  static constexpr std::size_t kHaste = 8;  // the last pushes share out the rest

  [[nodiscard, gnu::always_inline]] bool takes(double x) const noexcept {
    const double y = direction_ * x;
    return (y > edge_) & (y <= reach_);
  }
  void take(double x) noexcept {
    found_.add(direction_ * x);
    // Enough is enough: on a lot grid a few values may be most of the window.
    while (found_.size() > kReach || found_.total() >= kPlaces + found_.back_count()) {
      found_.pop_back();
      reach_ = found_.back();
    }
  }

  CountedValues found_;
  double direction_ = 0.0;
  bool guesses_ = false;
  double edge_ = 0.0, reach_ = kInfinity;
  std::size_t scanned_ = 0, steps_ = 0;
};

}  // namespace tickeng::stat
