// B-16: the value some rows before, x_{n-k}.
// Bound to positions, not to defined values: NaN where the row k before had none.
#pragma once

#include "tickeng/kernels/parts/over_window.hpp"
#include "tickeng/stat/ring.hpp"

namespace tickeng {

class Lag {
 public:
  static constexpr ParamSpec kParams[] = {{.name = "rows",
                                           .kind = ParamKind::kInteger,
                                           .fallback = 1,
                                           .low = 1,
                                           .high = 1 << 24,
                                           .unit = "rows",
                                           .doc = "how many rows before"}};
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "lag", .unit = "of x", .range = "in the data"}};
  static constexpr KernelSpec spec{.id = "B-16",
                                   .name = "lag",
                                   .aliases = "shift",
                                   .summary = "the value some rows before",
                                   .formula = "x_{n-k}",
                                   .source = "S0 r; S1; S3",
                                   .params = kParams,
                                   .outputs = kOutputSpecs,
                                   .inputs = parts::kOneInput,
                                   .sees_undefined = true,
                                   .reads_any = true};

  explicit Lag(const Params& p) : values_(p.size("rows")) {}

  /// NaN while there is none.
  [[nodiscard]] double push(double x) noexcept {
    const bool there = values_.full();
    const double before = values_.push(x);
    return there ? before : kNaN;
  }
  [[nodiscard]] Values<1> on(const Values<1>& in) noexcept { return {push(in[0])}; }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs inputs) {
    return inputs[0] + p.size("rows");
  }
  void reset() noexcept { values_.reset(); }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(values_);
  }

 private:
  stat::Ring values_;
};

}  // namespace tickeng
