// B-09: exponentially weighted mean, a weight an event or a weight in time.
//   m_n = sum w_k x_{n-k} / sum w_k,  w_k = (1 - alpha)^k
//   alpha = 2/(span + 1) = 1 - 2^(-1/halflife)
// With tau a value of age a weighs e^(-a/tau): once a row (trades, bars), or as long as it stood,
// the newest not yet (quotes and books, whose values hold until the next).
// Strict: from one time constant on, 1/alpha values or tau. It never forgets: one pass.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <variant>

#include "tickeng/base/error.hpp"
#include "tickeng/kernels/parts/over_window.hpp"
#include "tickeng/stat/ewm.hpp"
#include "tickeng/stat/time_ewm.hpp"

namespace tickeng {

class Ema {
 public:
  enum class Weights : int { kAuto = 0, kRows = 1, kTime = 2 };

  static constexpr ParamSpec kParams[] = {
      {.name = "span", .low = 0.0, .unit = "rows", .doc = "alpha = 2/(span + 1); 0: not given"},
      {.name = "halflife", .low = 0.0, .unit = "rows", .doc = "half the weight; 0: not given"},
      {.name = "alpha", .low = 0.0, .high = 1.0, .doc = "weight of the newest; 0: not given"},
      {.name = "tau",
       .kind = ParamKind::kDuration,
       .low = 0,
       .high = kLongestNs,
       .unit = "time",
       .doc = "age at which a weight has faded to 1/e; 0: not given"},
      {.name = "weights",
       .kind = ParamKind::kChoice,
       .low = 0,
       .high = 2,
       .choices = "auto|rows|time",
       .doc = "with tau: a value counts once a row, or for the time that it stood; auto: the "
              "latter on quotes and books"},
      kWarmupParam};
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "ema", .unit = "of x", .range = "in the data"}};
  static constexpr KernelSpec spec{
      .id = "B-09",
      .name = "ema",
      .aliases = "ewma",
      .summary = "exponentially weighted mean",
      .formula = "sum w x / sum w, w = (1 - alpha)^rows or e^(-age/tau)",
      .source = "S2 live-vol EMA; S3 EWMA",
      .params = kParams,
      .outputs = kOutputSpecs,
      .inputs = parts::kOneInput,
      .reads_any = true,
      .memory = Memory::kSerial};

  static void check(const Params& p) {
    const auto given = std::ranges::count_if(std::array{"span", "halflife", "alpha", "tau"},
                                             [&p](const char* name) { return p.real(name) > 0.0; });
    if (given != 1) throw ConfigError("ema takes exactly one of span, halflife, alpha and tau");
    if (p.real("span") > 0.0 && p.real("span") < 1.0) {
      throw ConfigError("ema.span is at least 1");
    }
    if (by_time(p)) return;
    if (p.choice<Weights>("weights") != Weights::kAuto) {
      throw ConfigError("ema takes weights= with tau=");
    }
    if (!(alpha(p) > 0.0)) throw ConfigError("ema would never take in a value: its weight is 0");
  }
  static void on_clocks(Params& p, ClockSet clocks) {
    if (!by_time(p) || p.choice<Weights>("weights") != Weights::kAuto) return;
    ClockSet quotes = Clock::kQuote, both = Clock::kQuote;
    both |= Clock::kBook;
    const bool held = clocks == quotes || clocks == Clock::kBook || clocks == both;
    p.set("weights", static_cast<double>(held ? Weights::kTime : Weights::kRows));
  }
  explicit Ema(const Params& p)
      : mean_(made(p)), rows_(is_strict(p) && !by_time(p) ? wait(p) : 0),
        span_(static_cast<double>(warmup_ns(p))) {}

  [[nodiscard]] Values<1> on(const Values<1>& in, TimeNs ts_ns) noexcept {
    return {push(in[0], ts_ns)};
  }
  [[nodiscard]] bool run(const InputRows& rows, const Columns<1>& in,
                         const OutColumns<1>& out) noexcept {
    if (auto* const mean = std::get_if<stat::Ewm>(&mean_)) {
      if (mean->count() < rows_) return false;
      mean->run(in[0], rows.size, out[0]);
      return true;
    }
    for (std::size_t i = 0; i < rows.size; ++i) out[0][i] = push(in[0][i], rows.ts_ns[i]);
    return true;
  }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs inputs) {
    if (by_time(p)) return inputs[0] + (is_held(p) ? 1 : 0);
    return inputs[0] + (is_strict(p) ? wait(p) : 0);
  }
  [[nodiscard]] static std::uint64_t warmup_ns(const Params& p) {
    return is_strict(p) ? static_cast<std::uint64_t>(p.real("tau")) : 0;
  }
  void reset() noexcept {
    std::visit([](auto& mean) { mean.reset(); }, mean_);
  }
  template <class Visitor>
  void state(Visitor& v) {
    std::visit([&v](auto& mean) { v.part(mean); }, mean_);
  }

 private:
  [[nodiscard]] double push(double x, TimeNs ts_ns) noexcept {
    if (auto* const mean = std::get_if<stat::Ewm>(&mean_)) {
      const double y = mean->push(x);
      return mean->count() > rows_ ? y : kNaN;
    }
    auto& mean = std::get<stat::TimeEwm>(mean_);
    const double y = mean.push(ts_ns, x);
    return mean.span() >= span_ ? y : kNaN;
  }
  [[nodiscard]] static bool is_strict(const Params& p) {
    return p.choice<Warmup>("warmup") == Warmup::kStrict;
  }
  [[nodiscard]] static bool by_time(const Params& p) { return p.real("tau") > 0.0; }
  [[nodiscard]] static bool is_held(const Params& p) {
    return p.choice<Weights>("weights") == Weights::kTime;
  }
  [[nodiscard]] static double alpha(const Params& p) {
    if (p.real("span") > 0.0) return 2.0 / (p.real("span") + 1.0);
    if (p.real("halflife") > 0.0) return -std::expm1(-std::log(2.0) / p.real("halflife"));
    return p.real("alpha");
  }
  /// Values before the first answer.
  [[nodiscard]] static std::uint64_t wait(const Params& p) {
    return static_cast<std::uint64_t>(std::fmin(std::ceil(1.0 / alpha(p)), 0x1p62)) - 1;
  }
  static std::variant<stat::Ewm, stat::TimeEwm> made(const Params& p) {
    if (!by_time(p)) return stat::Ewm(alpha(p), true);
    return stat::TimeEwm(static_cast<std::int64_t>(p.real("tau")), is_held(p));
  }

  std::variant<stat::Ewm, stat::TimeEwm> mean_;
  std::uint64_t rows_;  // values before the first answer
  double span_;         // time before it, in ns
};

}  // namespace tickeng
