// E-08: relative strength index of the closes.
//   cutler: 100 - 100/(1 + G/L), G and L the mean gain and loss of the last n returns
//   wilder: the same with Wilder's smoothing of gains and losses (B-10)
// 50 where nothing moved, 100 where there is no loss. Returns are simple, from close to close.
#pragma once

#include "tickeng/kernel/kernel.hpp"
#include "tickeng/stat/rolling_sum.hpp"

namespace tickeng {

class Rsi {
 public:
  static constexpr ParamSpec kParams[] = {
      {.name = "window",
       .kind = ParamKind::kInteger,
       .fallback = 14.0,
       .low = 2,
       .high = 1 << 24,
       .unit = "bars",
       .doc = "returns that count"},
      {.name = "form",
       .kind = ParamKind::kChoice,
       .low = 0,
       .high = 1,
       .choices = "cutler|wilder",
       .doc = "plain means over the window, or Wilder's smoothing"}};
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "rsi", .unit = "%", .range = "[0, 100]"}};
  static constexpr KernelSpec spec{.id = "E-08",
                                   .name = "rsi",
                                   .aliases = "relative_strength_index",
                                   .summary = "relative strength index",
                                   .formula = "100 - 100/(1 + mean gain/mean loss)",
                                   .source = "S1 rsi_14",
                                   .params = kParams,
                                   .outputs = kOutputSpecs,
                                   .memory = Memory::kSerial};

  explicit Rsi(const Params& p)
      : window_(p.size("window")), wilder_(p.size("form") == 1), gains_(window_), losses_(window_) {
  }

  [[nodiscard]] Values<1> on(const BarStep& b) noexcept {
    const double change = b.change();
    if (change != change) return {kNaN};
    const double gain = std::max(change, 0.0), loss = std::max(-change, 0.0);
    ++count_;
    if (wilder_ && count_ > window_) {
      const auto n = static_cast<double>(window_);
      gain_ = (gain_ * (n - 1.0) + gain) / n;
      loss_ = (loss_ * (n - 1.0) + loss) / n;
    } else {
      gain_ = gains_.push(gain) / static_cast<double>(window_);
      loss_ = losses_.push(loss) / static_cast<double>(window_);
    }
    return {count_ < window_ ? kNaN : index()};
  }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs) {
    return p.size("window");
  }
  void reset() noexcept {
    gains_.reset();
    losses_.reset();
    gain_ = loss_ = 0.0;
    count_ = 0;
  }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(gains_);
    v.part(losses_);
    v.number("gain", gain_);
    v.number("loss", loss_);
    v.number("count", count_);
  }

 private:
  [[nodiscard]] double index() const noexcept {
    if (loss_ == 0.0) return gain_ == 0.0 ? 50.0 : 100.0;
    return 100.0 * (gain_ / (gain_ + loss_));
  }

  std::size_t window_;
  bool wilder_;
  stat::RollingSum gains_, losses_;
  double gain_ = 0.0, loss_ = 0.0;
  std::uint64_t count_ = 0;
};

}  // namespace tickeng
