// B-04: population standard deviation of the last W values (ddof 0); exactly 0 where all are
// equal.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "tickeng/kernels/parts/over_window.hpp"
#include "tickeng/stat/rolling_moments.hpp"

namespace tickeng {

namespace parts {

class StdWindow {
 public:
  explicit StdWindow(std::size_t window) : moments_(window) {}

  [[nodiscard]] double push(double x) noexcept { return std::sqrt(moments_.push(x).variance); }
  /// Precondition: full(); y is not x.
  void run(const double* x, std::size_t n, double* y) noexcept {
    moments_.run(x, n, [y](std::size_t, auto each) {
      each([y]<class V>(std::size_t at, const stat::Deviation<V>& d) {
        stat::All<sizeof(V) / sizeof(double)>{}.put(y + at, 0, stat::root(d.variance));
      });
    });
  }
  [[nodiscard]] bool full() const noexcept { return moments_.full(); }
  void reset() noexcept { moments_.reset(); }
  void skip(std::uint64_t n) noexcept { moments_.skip(n); }
  void grow(std::size_t rows) { moments_.grow(rows); }
  template <class Visitor>
  void state(Visitor& v) {
    moments_.state(v);
  }

 private:
  stat::RollingMoments<1> moments_;
};

}  // namespace parts

class Std : public parts::OverWindow<parts::StrictWindow<parts::StdWindow>> {
 public:
  static constexpr ParamSpec kParams[] = {rows_param(20, 2), kExclParam, kWarmupParam};
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "std", .unit = "of x", .range = ">=0"}};
  static constexpr KernelSpec spec{.id = "B-04",
                                   .name = "std",
                                   .aliases = "rolling_std volatility",
                                   .summary = "population standard deviation of the last values",
                                   .formula = "sqrt(sum_{k<W} (x_{n-k} - mean)^2 / W)",
                                   .source = "S0 RollingWindow",
                                   .params = kParams,
                                   .outputs = kOutputSpecs,
                                   .inputs = parts::kOneInput,
                                   .reads_any = true};

  explicit Std(const Params& p) : OverWindow(parts::StrictWindow<parts::StdWindow>(p), p) {}
};

}  // namespace tickeng
