// B-05: z-score of a value in its own window of W, or with excl against the W values before it.
//   z = (x - mean)/(sigma + eps), sigma the population's; 0 where sigma is 0 or no more than what
//   rounding makes of equal values
// Inside its own window |z| <= sqrt(W - 1), so that a threshold beyond it never fires.
#pragma once

#include <cmath>
#include <variant>

#include "tickeng/kernels/parts/over_window.hpp"
#include "tickeng/stat/rolling_z_score.hpp"

namespace tickeng {
namespace parts {

/// What the operations behind an input round: a quotient, two sums and a root, an ulp each.
inline constexpr double kInputRounding = 4.0 * kUnitRounding;

/// Scores a value against the window before it.
class ScoreBefore {
 public:
  explicit ScoreBefore(const Params& p)
      : moments_(p.size("window")),
        relative_(p.choice<stat::Epsilon>("eps") == stat::Epsilon::kRelative) {}

  [[nodiscard]] double push(double x) noexcept {
    const double z = moments_.count() > 0 ? score(x) : kNaN;
    const stat::Deviation<double> d = moments_.push(x);
    anchor_ = moments_.anchor();
    shift_ = (x - anchor_) - d.dev;
    variance_ = d.variance;
    return z;
  }
  [[nodiscard]] bool full() const noexcept { return moments_.full(); }
  [[nodiscard]] Health health() const noexcept { return health_; }
  void reset() noexcept {
    moments_.reset();
    health_ = {};
  }
  void skip(std::uint64_t n) noexcept { moments_.skip(n); }
  void grow(std::size_t rows) { moments_.grow(rows); }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(moments_);
    v.number("anchor", anchor_);
    v.number("shift", shift_);
    v.number("variance", variance_);
    v.number("ticks", health_.ticks);
    v.number("dominated", health_.dominated);
    v.number("still", health_.still);
  }

 private:
  [[nodiscard]] double score(double x) noexcept {
    const double sigma = std::sqrt(variance_), least = kInputRounding * std::fabs(anchor_);
    if (moments_.full()) ++health_.ticks;
    if (variance_ <= least * least) {
      if (moments_.full()) ++health_.still;
      return 0.0;
    }
    const double eps = relative_ ? 1e-8 * std::fabs(anchor_ + shift_) : 1e-8;
    if (moments_.full() && !relative_ && sigma < 100.0 * eps) ++health_.dominated;
    return ((x - anchor_) - shift_) / (sigma + eps);
  }

  stat::RollingMoments<1> moments_;
  bool relative_;
  double anchor_ = 0.0, shift_ = 0.0, variance_ = 0.0;  // of the newest window: mean = sum of two
  Health health_;
};

}  // namespace parts

class ZScore {
 public:
  static constexpr ParamSpec kParams[] = {rows_param(20, 2), kExclParam, kWarmupParam, kEpsParam};
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "z", .range = "R"}};
  static constexpr KernelSpec spec{.id = "B-05",
                                   .name = "z",
                                   .aliases = "z_score",
                                   .summary = "a value against the last values",
                                   .formula = "(x - mean)/(sigma + eps)",
                                   .source = "S0 section 0",
                                   .params = kParams,
                                   .outputs = kOutputSpecs,
                                   .inputs = parts::kOneInput,
                                   .reads_any = true};

  explicit ZScore(const Params& p) : strict_(p.choice<Warmup>("warmup") == Warmup::kStrict) {
    if (p.flag("excl")) {
      z_.emplace<parts::ScoreBefore>(p);
    } else {
      z_.emplace<Inside>(p.size("window"), p.choice<stat::Epsilon>("eps"));
      std::get<Inside>(z_).relative_rounding(0, parts::kInputRounding);
    }
  }

  [[nodiscard]] Values<1> on(const Values<1>& in) noexcept {
    if (auto* const z = std::get_if<Inside>(&z_)) {
      const double score = z->push(in[0]);
      return {strict_ && !z->full() ? kNaN : score};
    }
    auto& before = std::get<parts::ScoreBefore>(z_);
    const bool warm = !strict_ || before.full();
    const double score = before.push(in[0]);
    return {warm ? score : kNaN};
  }
  [[nodiscard]] bool run(const InputRows& rows, const Columns<1>& in,
                         const OutColumns<1>& out) noexcept {
    auto* const z = std::get_if<Inside>(&z_);
    if (z == nullptr || !z->full()) return false;
    z->run(in[0], rows.size, out[0], [](std::size_t) { return 0.0; });
    return true;
  }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs inputs) {
    const bool strict = p.choice<Warmup>("warmup") == Warmup::kStrict;
    return inputs[0] + (strict ? p.size("window") - 1 : 0) + (p.flag("excl") ? 1 : 0);
  }
  [[nodiscard]] Health health() const noexcept {
    const auto* const z = std::get_if<Inside>(&z_);
    if (z == nullptr) return std::get<parts::ScoreBefore>(z_).health();
    return {z->full_ticks(), z->dominated(), z->still()};
  }
  void reset() noexcept {
    std::visit([](auto& z) { z.reset(); }, z_);
  }
  template <class Visitor>
  void state(Visitor& v) {
    std::visit([&v](auto& z) { v.part(z); }, z_);
  }

 private:
  using Inside = stat::RollingZScore<>;

  std::variant<Inside, parts::ScoreBefore> z_{std::in_place_type<Inside>, 2,
                                              stat::Epsilon::kAbsolute};
  bool strict_;
};

}  // namespace tickeng
