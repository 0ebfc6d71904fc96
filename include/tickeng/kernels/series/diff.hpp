// B-16: change over some rows, x_n - x_{n-k}, or since a time before, x_n - x as of t - D.
// Bound to positions, not to defined values: NaN where one of the two is.
#pragma once

#include "tickeng/kernels/series/lag.hpp"

namespace tickeng {

class Diff {
 public:
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "diff", .unit = "of x", .range = "R"}};
  static constexpr KernelSpec spec{.id = "B-16",
                                   .name = "diff",
                                   .aliases = "change",
                                   .summary = "change over some rows or a time",
                                   .formula = "x_n - x_{n-k}, or x_n - x as of t - D",
                                   .source = "S0 r; S1; S3",
                                   .params = Lag::kParams,
                                   .outputs = kOutputSpecs,
                                   .inputs = parts::kOneInput,
                                   .sees_undefined = true,
                                   .reads_any = true};

  explicit Diff(const Params& p) : lag_(p) {}

  static void check(const Params& p) { Lag::check(p); }
  [[nodiscard]] Values<1> on(const Values<1>& in, TimeNs ts_ns) noexcept {
    return {in[0] - lag_.push(in[0], ts_ns)};
  }
  void lapse(TimeNs at_ns) noexcept { lag_.lapse(at_ns); }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t output,
                                            WarmupInputs inputs) {
    return Lag::warmup(p, output, inputs);
  }
  [[nodiscard]] static std::uint64_t warmup_ns(const Params& p) { return Lag::warmup_ns(p); }
  [[nodiscard]] static std::uint64_t memory(const Params& p) { return Lag::memory(p); }
  [[nodiscard]] static std::uint64_t memory_ns(const Params& p) { return Lag::memory_ns(p); }
  void reset() noexcept { lag_.reset(); }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(lag_);
  }

 private:
  Lag lag_;
};

}  // namespace tickeng
