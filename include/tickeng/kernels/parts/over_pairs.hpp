// A kernel without a step over the last W pairs of its two inputs, joined where both are defined:
// `Derived::answer` makes its output of their variances and covariance.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "tickeng/kernels/parts/over_window.hpp"
#include "tickeng/stat/rolling_pairs.hpp"

namespace tickeng::parts {

template <class Derived>
class OverPairs {
 public:
  explicit OverPairs(const Params& p) : pairs_(p.size("window")) {}

  [[nodiscard]] Values<1> on(const Values<2>& in) noexcept {
    const stat::Covariance c = pairs_.push(in[0], in[1]);
    return {pairs_.full() ? Derived::answer(c) : kNaN};
  }
  [[nodiscard]] bool run(const InputRows& rows, const Columns<2>& in,
                         const OutColumns<1>& out) noexcept {
    if (!pairs_.full()) return false;
    double* const y = out[0];
    pairs_.run(in[0], in[1], rows.size,
               [y](std::size_t i, const stat::Covariance& c) { y[i] = Derived::answer(c); });
    return true;
  }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs inputs) {
    return std::max(inputs[0], inputs[1]) + p.size("window") - 1;
  }
  void reset() noexcept { pairs_.reset(); }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(pairs_);
  }

 private:
  stat::RollingPairs pairs_;
};

}  // namespace tickeng::parts
