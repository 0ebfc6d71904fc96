// C-34: return of the price over several numbers of trades, each scale valid from its own s on.
//   m_s = (p_n - p_{n-s}) / p_{n-s}
// Simple returns, as a fraction, from one ring of the longest scale. One that leaves the range of
// a double (1e300 after 1e-20) is NaN.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "tickeng/kernel/kernel.hpp"
#include "tickeng/kernels/parts/finite.hpp"
#include "tickeng/stat/ring.hpp"

namespace tickeng {

class PriceMomentum {
 public:
  static constexpr std::size_t kScaleCount = 4;
  static constexpr ParamSpec kParams[] = {
      window_param("scale_1", 10, "trades back, first output", 1),
      window_param("scale_2", 50, "trades back, second output", 1),
      window_param("scale_3", 200, "trades back, third output", 1),
      window_param("scale_4", 1000, "trades back, fourth output", 1)};
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "price_momentum_1", .range = ">= -1"},
                                                {.name = "price_momentum_2", .range = ">= -1"},
                                                {.name = "price_momentum_3", .range = ">= -1"},
                                                {.name = "price_momentum_4", .range = ">= -1"}};
  static constexpr KernelSpec spec{.id = "C-34",
                                   .name = "price_momentum",
                                   .aliases = "multiscale_momentum",
                                   .summary = "price returns over four numbers of trades",
                                   .formula = "(p_n - p_{n-s}) / p_{n-s}",
                                   .source = "S1 compute_multiscale_momentum",
                                   .params = kParams,
                                   .outputs = kOutputSpecs};

  explicit PriceMomentum(const Params& p) : scales_(scales(p)), prices_(longest(p)) {}

  [[nodiscard]] Values<kScaleCount> on(const TradeStep& t) noexcept {
    Values<kScaleCount> out;
    for (std::size_t i = 0; i < kScaleCount; ++i) {
      const std::size_t s = scales_[i];
      out[i] = prices_.count() < s ? kNaN : change(t.price, prices_[s - 1]);
    }
    prices_.push(t.price);
    return out;
  }
  [[nodiscard]] bool run(const TradeBlock& t, const Columns<0>&,
                         const OutColumns<kScaleCount>& out) noexcept {
    if (!prices_.full()) return false;
    for (std::size_t o = 0; o < kScaleCount; ++o) {
      const std::size_t s = scales_[o], kept = std::min(s, t.size);
      TradeBlock::Column before;
      for (std::size_t i = 0; i < kept; ++i) before[i] = prices_[s - 1 - i];
      std::copy_n(t.price, t.size - kept, before.data() + kept);
      double* const y = out[o];
      for (std::size_t i = 0; i < t.size; ++i) y[i] = change(t.price[i], before[i]);
    }
    for (std::size_t i = 0; i < t.size; ++i) prices_.push(t.price[i]);
    return true;
  }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t output, WarmupInputs) {
    return scales(p)[output];
  }
  void reset() noexcept { prices_.reset(); }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(prices_);
  }

 private:
  using Scales = std::array<std::size_t, kScaleCount>;

  [[nodiscard]] static Scales scales(const Params& p) {
    return {p.size("scale_1"), p.size("scale_2"), p.size("scale_3"), p.size("scale_4")};
  }
  [[nodiscard]] static std::size_t longest(const Params& p) {
    const Scales all = scales(p);
    return *std::ranges::max_element(all);
  }
  [[nodiscard]] static double change(double price, double before) noexcept {
    return parts::finite((price - before) / before);
  }

  Scales scales_;
  stat::Ring prices_;  // as of the trade before
};

}  // namespace tickeng
