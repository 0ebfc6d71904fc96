// B-17: percentile rank of a value among the last W, itself among them.
//   rank = 100 (number below + half of the number equal) / n
// From min_count values on; the window then grows to W. A value alone would always be in the
// middle.
#pragma once

#include <algorithm>

#include "tickeng/kernels/parts/over_window.hpp"
#include "tickeng/stat/ordered_window.hpp"

namespace tickeng {

class Rank {
 public:
  static constexpr ParamSpec kParams[] = {rows_param(252, 1, 1 << 16),
                                          {.name = "min_count",
                                           .kind = ParamKind::kInteger,
                                           .fallback = 60,
                                           .low = 1,
                                           .high = 1 << 16,
                                           .unit = "rows",
                                           .doc = "values before the first rank, W at most"}};
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "rank", .unit = "%", .range = "[0, 100]"}};
  static constexpr KernelSpec spec{.id = "B-17",
                                   .name = "rank",
                                   .aliases = "percentile_rank",
                                   .summary = "percentile rank of a value among the last values",
                                   .formula = "100 (count< + count=/2)/n",
                                   .source = "S3 RegimeDetector; S1",
                                   .params = kParams,
                                   .outputs = kOutputSpecs,
                                   .inputs = parts::kOneInput,
                                   .reads_any = true};

  explicit Rank(const Params& p) : window_(p.size("window")), least_(first(p)) {}

  [[nodiscard]] Values<1> on(const Values<1>& in) noexcept {
    const stat::OrderedWindow::Place at = window_.push(in[0]);
    if (at.count < least_) return {kNaN};
    const double middle = static_cast<double>(at.below) + 0.5 * static_cast<double>(at.equal);
    return {100.0 * middle / static_cast<double>(at.count)};
  }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs inputs) {
    return inputs[0] + first(p) - 1;
  }
  [[nodiscard]] static std::uint64_t memory(const Params& p) { return p.size("window"); }
  void reset() noexcept { window_.reset(); }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(window_);
  }

 private:
  [[nodiscard]] static std::size_t first(const Params& p) {
    return std::min(p.size("min_count"), p.size("window"));
  }

  stat::OrderedWindow window_;
  std::size_t least_;
};

}  // namespace tickeng
