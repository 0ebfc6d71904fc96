// A kernel without a step over the last W defined values of its one input: what a `Window` answers,
// NaN until it is full under strict warm-up, and with excl what it answered the row before.
//
// A Window has push(x), run(x, n, y) for when it is full(), reset(), skip(n) and state(visitor).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "tickeng/kernel/kernel.hpp"

namespace tickeng::parts {

/// The answer of the row before, where that is asked for.
class RowBefore {
 public:
  explicit RowBefore(bool on) : on_(on) {}

  [[nodiscard]] double of(double y) noexcept { return on_ ? std::exchange(before_, y) : y; }
  void run(double* y, std::size_t n) noexcept {
    if (!on_ || n == 0) return;
    const double last = y[n - 1];
    std::copy_backward(y, y + n - 1, y + n);
    y[0] = std::exchange(before_, last);
  }
  void reset() noexcept { before_ = kNaN; }
  template <class Visitor>
  void state(Visitor& v) {
    v.number("before", before_);
  }

 private:
  bool on_;
  double before_ = kNaN;
};

/// A primitive whose push() answers before it is full, too.
template <class Rolling>
class StrictWindow {
 public:
  template <class... Args>
  explicit StrictWindow(const Params& p, Args... args)
      : rolling_(p.size("window"), args...),
        strict_(p.choice<Warmup>("warmup") == Warmup::kStrict) {}

  [[nodiscard]] double push(double x) noexcept {
    const double y = rolling_.push(x);
    return strict_ && !rolling_.full() ? kNaN : y;
  }
  void run(const double* x, std::size_t n, double* y) noexcept { rolling_.run(x, n, y); }
  [[nodiscard]] bool full() const noexcept { return rolling_.full(); }
  void reset() noexcept { rolling_.reset(); }
  void skip(std::uint64_t n) noexcept { rolling_.skip(n); }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(rolling_);
  }

 private:
  Rolling rolling_;
  bool strict_;
};

template <class Window>
class OverWindow {
 public:
  OverWindow(Window window, const Params& p)
      : window_(std::move(window)), before_(p.flag("excl")) {}

  [[nodiscard]] Values<1> on(const Values<1>& in) noexcept {
    return {before_.of(window_.push(in[0]))};
  }
  [[nodiscard]] bool run(const InputRows& rows, const Columns<1>& in,
                         const OutColumns<1>& out) noexcept {
    if (!window_.full()) return false;
    window_.run(in[0], rows.size, out[0]);
    before_.run(out[0], rows.size);
    return true;
  }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs inputs) {
    const bool strict = p.choice<Warmup>("warmup") == Warmup::kStrict;
    return inputs[0] + (strict ? p.size("window") - 1 : 0) + (p.flag("excl") ? 1 : 0);
  }
  void reset() noexcept {
    window_.reset();
    before_.reset();
  }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(window_);
    v.part(before_);
  }

 private:
  Window window_;
  RowBefore before_;
};

inline constexpr std::string_view kOneInput[] = {"x"};
inline constexpr std::string_view kTwoInputs[] = {"x", "y"};

}  // namespace tickeng::parts
