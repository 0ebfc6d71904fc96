// B-12: slope of the last W values over their places, by least squares, a row.
//   slope = 12 sum (j - (W - 1)/2) x_j / (W (W^2 - 1)) = cov(j, x) / var(j)
#pragma once

#include "tickeng/kernels/parts/over_window.hpp"
#include "tickeng/stat/rolling_pairs.hpp"

namespace tickeng {

class Slope {
 public:
  static constexpr ParamSpec kParams[] = {rows_param(20, 2)};
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "slope", .unit = "of x/row", .range = "R"}};
  static constexpr KernelSpec spec{.id = "B-12",
                                   .name = "slope",
                                   .aliases = "trend",
                                   .summary = "slope of the last values, a row",
                                   .formula = "12 sum (j - (W-1)/2) x_j / (W (W^2 - 1))",
                                   .source = "S1 imbalance_trend",
                                   .params = kParams,
                                   .outputs = kOutputSpecs,
                                   .inputs = parts::kOneInput,
                                   .reads_any = true};

  explicit Slope(const Params& p) : pairs_(p.size("window")), factor_(by(p.real("window"))) {}

  [[nodiscard]] Values<1> on(const Values<1>& in) noexcept {
    const auto place = static_cast<double>(pairs_.count());
    const stat::Covariance c = pairs_.push(place, in[0]);
    return {pairs_.full() ? c.xy * factor_ : kNaN};
  }
  [[nodiscard]] bool run(const InputRows& rows, const Columns<1>& in,
                         const OutColumns<1>& out) noexcept {
    if (!pairs_.full()) return false;
    double places[stat::kPiece];
    for (std::size_t i = 0; i < rows.size; ++i) {
      places[i] = static_cast<double>(pairs_.count() + i);
    }
    pairs_.run(places, in[0], rows.size, [&, y = out[0]](std::size_t i, const stat::Covariance& c) {
      y[i] = c.xy * factor_;
    });
    return true;
  }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs inputs) {
    return inputs[0] + p.size("window") - 1;
  }
  void reset() noexcept { pairs_.reset(); }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(pairs_);
  }

 private:
  /// One over the variance of W places.
  [[nodiscard]] static double by(double window) noexcept { return 12.0 / (window * window - 1.0); }

  stat::RollingPairs pairs_;
  double factor_;
};

}  // namespace tickeng
