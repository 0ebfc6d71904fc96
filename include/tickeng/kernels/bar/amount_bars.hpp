// E-03, E-04: bars of equal volume, and of equal value traded.
//
// A trade that crosses a bar's end is split: what fits completes the bar, the rest begins the next
// one, which has the trade's time too. With split=false it belongs whole to the bar it completes.
// Where one trade would complete more than 10,000 bars, the builder and all that moves on its bars
// begin anew behind it.
#pragma once

#include "tickeng/kernel/kernel.hpp"
#include "tickeng/kernels/bar/open_bar.hpp"

namespace tickeng {

/// `kPriced`: the size of a bar is value, not volume.
template <bool kPriced>
class AmountBars {
 public:
  explicit AmountBars(const Params& p) : size_(p.real("size")), splits_(p.flag("split")) {}

  void feed(const TradeStep& t) noexcept {
    price_ = t.price;
    side_ = t.side;
    left_ = t.qty;
    built_ = 0;
  }
  [[nodiscard]] Built next(TimeNs now, BarStep& bar) noexcept {
    const double unit = kPriced ? price_ : 1.0;
    const double room = size_ - filled();
    bar.ts_ns = now;
    if (left_ * unit >= room) {
      if (++built_ > kMostBars) return Built::kRestart;
      const double part = splits_ ? room / unit : left_;
      bar_.add(price_, part, side_);
      left_ = splits_ ? std::max(left_ - part, 0.0) : 0.0;
      bar = bar_.take(now);
      if (splits_ && !kPriced) bar.volume = size_;
      return Built::kBar;
    }
    if (left_ > 0.0 || (left_ == 0.0 && built_ == 0)) bar_.add(price_, left_, side_);
    left_ = kNaN;
    return Built::kNothing;
  }
  [[nodiscard]] static std::uint64_t warmup(const Params&, std::size_t, WarmupInputs) { return 0; }
  void reset() noexcept {
    bar_ = {};
    left_ = kNaN;
    built_ = 0;
  }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(bar_);
  }

 protected:
  static constexpr ParamSpec kSplit{.name = "split",
                                    .kind = ParamKind::kBool,
                                    .fallback = 1.0,
                                    .low = 0,
                                    .high = 1,
                                    .doc = "share a trade out among the bars that it completes"};

 private:
  [[nodiscard]] double filled() const noexcept { return kPriced ? bar_.value() : bar_.volume(); }

  double size_;
  bool splits_;
  OpenBar bar_;
  // The trade that is being shared out; nothing of it is left between two trades.
  double price_ = kNaN, side_ = 0.0, left_ = kNaN;
  std::uint64_t built_ = 0;
};

class VolumeBars : public AmountBars<false> {
 public:
  static constexpr ParamSpec kParams[] = {{.name = "size",
                                           .fallback = 1000.0,
                                           .low = 1e-12,
                                           .high = 1e300,
                                           .unit = "qty",
                                           .doc = "volume of a bar"},
                                          kSplit};
  static constexpr KernelSpec spec{.id = "E-03",
                                   .name = "volume_bars",
                                   .aliases = "",
                                   .summary = "bars of equal volume",
                                   .formula = "complete when sum q >= size",
                                   .source = "S4 VolumeBarGenerator",
                                   .params = kParams,
                                   .outputs = std::span(kBarOutputs).first(8),
                                   .memory = Memory::kSerial,
                                   .state_version = 2,
                                   .oldest_state = 1};
  using AmountBars::AmountBars;
};

class DollarBars : public AmountBars<true> {
 public:
  static constexpr ParamSpec kParams[] = {{.name = "size",
                                           .fallback = 1e6,
                                           .low = 1e-12,
                                           .high = 1e300,
                                           .unit = "value",
                                           .doc = "value traded in a bar"},
                                          kSplit};
  static constexpr KernelSpec spec{.id = "E-04",
                                   .name = "dollar_bars",
                                   .aliases = "value_bars",
                                   .summary = "bars of equal value traded",
                                   .formula = "complete when sum p q >= size",
                                   .source = "S4 volume-based bars",
                                   .params = kParams,
                                   .outputs = std::span(kBarOutputs).first(8),
                                   .memory = Memory::kSerial,
                                   .state_version = 2,
                                   .oldest_state = 1};
  using AmountBars::AmountBars;
};

}  // namespace tickeng
