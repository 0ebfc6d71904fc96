// When the lanes of windows in lockstep started: a lane's first index, which of them idle, and from
// which index on every lane that started has a full window.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "tickeng/stat/vec.hpp"

namespace tickeng::stat {

template <std::size_t L, bool Joint = false>
class Starts {
 public:
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

  explicit Starts(std::size_t window) : window_(window) { reset(); }

  void reset() noexcept {
    first_.fill(kNever);
    full_from_ = kNever;
    idle_ = (1 << L) - 1;
  }
  /// `first`: absolute index of the lane's first value, or kNever.
  void set(std::size_t lane, std::uint64_t first) noexcept {
    first_[lane] = first;
    std::uint64_t latest = 0;
    idle_ = 0;
    for (std::size_t l = 0; l < L; ++l) {
      if (first_[l] == kNever) {
        idle_ |= 1 << l;
      } else {
        latest = std::max(latest, first_[l]);
      }
    }
    full_from_ = idle_ == (1 << L) - 1 ? kNever : latest + window_;
  }
  /// Lanes that started in `before` started there.
  void follow(const Starts& before) noexcept {
    for (std::size_t l = 0; l < L; ++l) {
      if (before.started(l)) set(l, before.first_[l]);
    }
  }
  [[nodiscard]] std::uint64_t first(std::size_t lane) const noexcept { return first_[lane]; }
  [[nodiscard]] bool started(std::size_t lane) const noexcept { return first_[lane] != kNever; }
  /// Values of a lane before index `next`.
  [[nodiscard]] std::uint64_t seen(std::uint64_t next, std::size_t lane) const noexcept {
    return started(lane) ? next - first_[lane] : 0;
  }
  /// Whether, before the value at index `next`, all lanes that started are full, and one has.
  [[nodiscard, gnu::always_inline]] bool full(std::uint64_t next) const noexcept {
    return next >= full_from_;
  }
  /// Whether x starts a lane. A window alone is asked only once it is full.
  [[nodiscard, gnu::always_inline]] bool begins(Vec<L> x) const noexcept {
    if constexpr (L == 1) {
      return false;
    } else {
      return starting(x) != 0;
    }
  }
  /// The same as bits: lanes that have not started, and those of them that x starts.
  [[nodiscard]] int idle() const noexcept { return idle_; }
  [[nodiscard]] int starting(Vec<L> x) const noexcept { return with_value(x) & idle_; }
  /// f(One, first index) for each lane that started, by index `by` at the latest; f(All, ...) once
  /// for lanes that start together.
  template <class F>
  void each(F f, std::uint64_t by = kNever - 1) const noexcept {
    if constexpr (Joint) {
      if (first_[0] <= by) f(All<L>{}, first_[0]);
    } else {
      for (std::size_t l = 0; l < L; ++l) {
        if (first_[l] <= by) f(One<L>{l}, first_[l]);
      }
    }
  }

 private:
  std::size_t window_;
  std::array<std::uint64_t, L> first_;
  std::uint64_t full_from_;
  int idle_;  // a bit for each lane that has not started
};

}  // namespace tickeng::stat
