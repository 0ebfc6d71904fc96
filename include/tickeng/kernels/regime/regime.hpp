// F-01: K5, the regime vector [Hurst, signed efficiency].
//   sparse (default)  at trade k*5000 from the 5000 trades before it, then held; differences lie
//                     inside that slice only, sequence order decides within a timestamp
//   continuous        E-24 and E-27 at every trade over the last 5000
// It gates nothing by default.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "tickeng/kernels/parts/slice.hpp"
#include "tickeng/kernels/regime/efficiency.hpp"
#include "tickeng/kernels/regime/hurst.hpp"

namespace tickeng {

class Regime {
 public:
  enum class Update : int { kSparse = 0, kContinuous = 1 };

  static constexpr ParamSpec kParams[] = {{.name = "step",
                                           .kind = ParamKind::kInteger,
                                           .fallback = 5000,
                                           .low = 32,
                                           .high = 1 << 24,
                                           .unit = "trades",
                                           .doc = "trades in a slice or window",
                                           .alias = "regime_step"},
                                          {.name = "update",
                                           .kind = ParamKind::kChoice,
                                           .low = 0,
                                           .high = 1,
                                           .choices = "sparse|continuous",
                                           .doc = "once a slice, or at every trade",
                                           .alias = "regime_update"}};
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "hurst", .range = "[0, 1]"},
                                                {.name = "efficiency", .range = "[-1, 1]"}};
  static constexpr KernelSpec spec{.id = "F-01",
                                   .name = "regime",
                                   .aliases = "k5",
                                   .summary = "regime vector: Hurst exponent and signed efficiency",
                                   .formula = "[E-24, E-27] of trades k*5000-5000 .. k*5000-1",
                                   .source = "S0 section 5",
                                   .params = kParams,
                                   .outputs = kOutputSpecs,
                                   .state_version = 3,
                                   .oldest_state = 2};

  explicit Regime(const Params& p) : step_(p.size("step")), slice_(step_) {
    if (p.choice<Update>("update") == Update::kContinuous) {
      hurst_.emplace(step_);
      efficiency_.emplace(step_);
    }
  }

  [[nodiscard]] Values<2> on(const TradeStep& t) noexcept {
    if (hurst_) return {hurst_->value(t), efficiency_->on(t)[0]};
    if (slot_ == 0) {
      begin(t.price);
    } else {
      slice_.push(t.log_return);
      last_price_ = t.price;
    }
    slot_ = slot_ + 1 == step_ ? 0 : slot_ + 1;
    return value_;
  }
  [[nodiscard]] bool run(const TradeBlock& t, const Columns<0>&,
                         const OutColumns<2>& out) noexcept {
    if (hurst_) return false;
    for (std::size_t i = 0; i < t.size;) {
      const std::size_t first = i, end = std::min(t.size, i + (step_ - slot_));
      if (slot_ == 0) begin(t.price[i++]);
      slice_.push(t.log_return.data() + i, end - i);
      last_price_ = t.price[end - 1];
      slot_ = (slot_ + (end - first)) % step_;
      std::fill(out[0] + first, out[0] + end, value_[0]);
      std::fill(out[1] + first, out[1] + end, value_[1]);
      i = end;
    }
    return true;
  }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs) {
    return p.size("step") - (p.choice<Update>("update") == Update::kContinuous ? 1 : 0);
  }
  /// The slice in progress and the whole one after it, from which values follow.
  [[nodiscard]] static std::uint64_t memory(const Params& p) { return 2 * p.size("step"); }
  /// What is left of the slice in progress counts for nothing.
  void skip(std::uint64_t n) noexcept {
    if (hurst_) return walk(StateSkipper(n));
    slot_ = (slot_ + n) % step_;
    first_price_ = kNaN;
    slice_.reset();
  }
  void start(std::uint64_t index) noexcept {
    if (hurst_) return walk(StateStarter(index));
    skip(index);
  }
  void reset() noexcept {
    value_ = {kNaN, kNaN};
    first_price_ = last_price_ = kNaN;
    slot_ = 0;
    slice_.reset();
    if (hurst_) {
      hurst_->reset();
      efficiency_->reset();
    }
  }
  template <class Visitor>
  void state(Visitor& v) {
    v.number("hurst", value_[0]);
    v.number("efficiency", value_[1]);
    v.number("first_price", first_price_);
    v.number("last_price", last_price_);
    v.index("slot", slot_, step_);
    v.part(slice_);
    if (hurst_) walk(v);
  }

 private:
  template <class Visitor>
  void walk(Visitor&& v) {
    v.part(*hurst_);
    v.part(*efficiency_);
  }
  /// Ends the slice before, if there is one, and starts the next at this trade.
  void begin(double price) noexcept {
    if (first_price_ == first_price_) publish();
    slice_.reset();
    first_price_ = last_price_ = price;
  }
  void publish() noexcept {
    slice_.fold();
    value_[0] = slice_.exponent();
    const double path = slice_.path();
    const double ratio = path > 0.0 ? log_ratio(last_price_, first_price_) / path : 0.0;
    value_[1] = ratio > 1.0 ? 1.0 : (ratio < -1.0 ? -1.0 : ratio);
  }

  std::size_t step_;
  std::size_t slot_ = 0;  // of the next trade in its slice
  Values<2> value_ = {kNaN, kNaN};
  double first_price_ = kNaN, last_price_ = kNaN;
  parts::Slice slice_;
  std::optional<Hurst> hurst_;
  std::optional<Efficiency> efficiency_;
};

}  // namespace tickeng
