// D-12: imbalance of the quantities of the best levels of a book, for four depths.
//   I_d = (sum B_k - sum A_k) / (sum B_k + sum A_k + 1e-10), k = 1..d
// in base units; +1: all of it is bid. A side with fewer levels gives what it has, and an empty
// book 0. Trap: the 1e-10 is of the source, a quantity; with quantities near it the ends of the
// range are not reached.
#pragma once

#include <algorithm>
#include <array>

#include "tickeng/kernel/stateless.hpp"

namespace tickeng {

[[nodiscard]] constexpr ParamSpec depth_param(std::string_view name, double fallback) {
  return {.name = name,
          .kind = ParamKind::kInteger,
          .fallback = fallback,
          .low = 1,
          .high = 1000,
          .unit = "levels",
          .doc = "best levels of each side taken in"};
}

class DepthImbalance : public Stateless {
 public:
  static constexpr ParamSpec kParams[] = {depth_param("depth_1", 1), depth_param("depth_2", 3),
                                          depth_param("depth_3", 5), depth_param("depth_4", 10)};
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "depth_imbalance_1", .range = "[-1, 1]"},
                                                {.name = "depth_imbalance_2", .range = "[-1, 1]"},
                                                {.name = "depth_imbalance_3", .range = "[-1, 1]"},
                                                {.name = "depth_imbalance_4", .range = "[-1, 1]"}};
  static constexpr KernelSpec spec{.id = "D-12",
                                   .name = "depth_imbalance",
                                   .aliases = "multi_depth_imbalance book_imbalance",
                                   .summary = "imbalance of the best levels for four depths",
                                   .formula = "(sum B - sum A)/(sum B + sum A + 1e-10)",
                                   .source = "S1 compute_book_shape_features",
                                   .params = kParams,
                                   .outputs = kOutputSpecs};

  explicit DepthImbalance(const Params& p)
      : Stateless(p),
        depths_{p.size("depth_1"), p.size("depth_2"), p.size("depth_3"), p.size("depth_4")} {}

  [[nodiscard]] Values<4> on(const BookStep& b) noexcept {
    Values<4> imbalances;
    for (std::size_t d = 0; d < depths_.size(); ++d) {
      const double bid = quantity(b.bids, depths_[d]), ask = quantity(b.asks, depths_[d]);
      imbalances[d] = (bid - ask) / (bid + ask + 1e-10);
    }
    return imbalances;
  }

 private:
  [[nodiscard]] static double quantity(const BookSide& side, std::size_t depth) noexcept {
    double sum = 0.0;
    for (std::size_t k = 0; k < std::min(depth, side.levels); ++k) sum += side.qty[k];
    return sum;
  }

  std::array<std::size_t, 4> depths_;
};

}  // namespace tickeng
