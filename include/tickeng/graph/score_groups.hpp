// Which z-scores of several kernels share lanes: those whose windows have one length by default.
// Kernels fused under parameters that part them go by the erased graph.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "tickeng/graph/scores.hpp"
#include "tickeng/graph/sweep.hpp"

namespace tickeng {

template <Kernel... Ks>
class ScoreGroups {
  static constexpr std::size_t kCount = sizeof...(Ks);
  template <std::size_t I>
  using At = std::tuple_element_t<I, std::tuple<Ks...>>;
  using Each = std::make_index_sequence<kCount>;

  struct Plan {
    std::array<std::size_t, kCount> group{};   // of a kernel
    std::array<std::size_t, kCount> lane{};    // its first one in the group
    std::array<std::size_t, kCount> column{};  // its first one in a block; the floor's is the last
    std::array<std::size_t, kCount> head{};    // of a group: the first kernel in it
    std::array<std::size_t, kCount> lanes{};   // of a group: how many
    std::size_t groups = 0;
  };
  static constexpr Plan kPlan = [] {
    const auto window = [](const KernelSpec& s) {
      for (const ParamSpec& p : s.params) {
        if (p.name == "window") return p.fallback;
      }
      return 0.0;
    };
    const std::array<double, kCount> windows = {window(Ks::spec)...};
    const std::array<std::size_t, kCount> scores = {kScores<Ks>...}, series = {kSeries<Ks>...};
    Plan plan;
    for (std::size_t k = 0, column = 0; k < kCount; ++k) {
      plan.column[k] = column;
      column += series[k];
      if (scores[k] == 0) continue;
      std::size_t g = 0;
      while (g < plan.groups && windows[plan.head[g]] != windows[k]) ++g;
      if (g == plan.groups) plan.head[plan.groups++] = k;
      plan.group[k] = g;
      plan.lane[k] = plan.lanes[g];
      plan.lanes[g] += scores[k];
    }
    return plan;
  }();
  using Groups = std::make_index_sequence<kPlan.groups>;
  /// A tuple of one T<lanes> a group.
  template <template <std::size_t> class T, std::size_t... G>
  static std::tuple<T<kPlan.lanes[G]>...> tuple_of(std::index_sequence<G...>);

 public:
  using Tick = decltype(tuple_of<Values>(Groups{}));  ///< values or z-scores of one tick
  /// The same of a block: a column a lane, kernel by kernel.
  struct Block {
    std::array<TradeBlock::Column, (kSeries<Ks> + ...)> columns;
  };

  [[nodiscard]] static bool fits(const std::vector<Params>& params) {
    const std::array<std::size_t, kCount> scores = {kScores<Ks>...};
    for (std::size_t k = 0; k < kCount; ++k) {
      if (scores[k] == 0) continue;
      if (!ScoreLanes<1>::alike(params[k], params[kPlan.head[kPlan.group[k]]])) return false;
    }
    return true;
  }
  explicit ScoreGroups(const std::vector<Params>& params) : ScoreGroups(params, Groups{}) {
    const auto tell = [&]<std::size_t I>() {
      if constexpr (kScores<At<I>> > 0) {
        std::get<kPlan.group[I]>(lanes_).rounding(kPlan.lane[I], At<I>::rounding(params[I]));
      }
    };
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (tell.template operator()<I>(), ...);
    }(Each{});
  }

  [[gnu::always_inline]] Tick push(std::tuple<Ks...>& kernels, const TradeStep& t) noexcept {
    Tick x;
    const auto ask = [&]<std::size_t I>() __attribute__((always_inline)) {
      if constexpr (kScores<At<I>> > 0) {
        const auto values = std::get<I>(kernels).series(t);
        auto& row = std::get<kPlan.group[I]>(x);
        for (std::size_t j = 0; j < values.size(); ++j) row[kPlan.lane[I] + j] = values[j];
      }
    };
    [&]<std::size_t... I>(std::index_sequence<I...>)
        __attribute__((always_inline)) { (ask.template operator()<I>(), ...); }(Each{});
    [&]<std::size_t... G>(std::index_sequence<G...>) __attribute__((always_inline)) {
      ((std::get<G>(x) =
            std::get<G>(lanes_).push(std::get<G>(x), [&] { return floors<G>(kernels); })),
       ...);
    }(Groups{});
    return x;
  }
  void run(std::tuple<Ks...>& kernels, const TradeBlock& block, Block& z) noexcept {
    const auto ask = [&]<std::size_t I>() {
      if constexpr (kScores<At<I>> > 0) {
        OutColumns<kSeries<At<I>>> x;
        for (std::size_t j = 0; j < x.size(); ++j) x[j] = column<I>(z, j);
        sweep_series(std::get<I>(kernels), block, x);
      }
    };
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (ask.template operator()<I>(), ...);
    }(Each{});
    const auto score = [&]<std::size_t G>() {
      OutColumns<kPlan.lanes[G]> x;
      Columns<kPlan.lanes[G]> floors{};
      const auto assign = [&]<std::size_t I>() {
        if (kScores<At<I>> == 0 || kPlan.group[I] != G) return;
        for (std::size_t j = 0; j < kScores<At<I>>; ++j) x[kPlan.lane[I] + j] = column<I>(z, j);
        if (kFloor<At<I>>) floors[kPlan.lane[I]] = column<I>(z, kScores<At<I>>);
      };
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        (assign.template operator()<I>(), ...);
      }(Each{});
      std::get<G>(lanes_).run(x, floors, block.size, x);
    };
    [&]<std::size_t... G>(std::index_sequence<G...>) {
      (score.template operator()<G>(), ...);
    }(Groups{});
  }
  void reset() noexcept {
    std::apply([](auto&... lanes) { (lanes.reset(), ...); }, lanes_);
  }
  void skip(std::uint64_t n) noexcept {
    std::apply([n](auto&... lanes) { (lanes.skip(n), ...); }, lanes_);
  }
  void grow(std::size_t rows) {
    std::apply([rows](auto&... lanes) { (lanes.grow(rows), ...); }, lanes_);
  }
  void forget() noexcept {
    std::apply([](auto&... lanes) { (lanes.forget(), ...); }, lanes_);
  }
  void follow(const ScoreGroups& before) noexcept {
    [&]<std::size_t... G>(std::index_sequence<G...>) {
      (std::get<G>(lanes_).follow(std::get<G>(before.lanes_)), ...);
    }(Groups{});
  }
  /// The z-scores of kernel I.
  template <std::size_t I>
  [[nodiscard, gnu::always_inline]] static Values<kScores<At<I>>> of(const Tick& z) noexcept {
    Values<kScores<At<I>>> own;
    for (std::size_t j = 0; j < own.size(); ++j) {
      own[j] = std::get<kPlan.group[I]>(z)[kPlan.lane[I] + j];
    }
    return own;
  }
  template <std::size_t I>
  [[nodiscard]] static Columns<kScores<At<I>>> of(Block& z) noexcept {
    Columns<kScores<At<I>>> own;
    for (std::size_t j = 0; j < own.size(); ++j) own[j] = column<I>(z, j);
    return own;
  }
  template <std::size_t I>
  [[nodiscard]] Health health() const noexcept {
    return std::get<kPlan.group[I]>(lanes_).health(kPlan.lane[I], kScores<At<I>>);
  }
  template <std::size_t I, class Visitor>
  void state(Visitor& v) {
    for (std::size_t j = 0; j < kScores<At<I>>; ++j) {
      if constexpr (kScores<At<I>> > 0) {
        std::get<kPlan.group[I]>(lanes_).state(v, kPlan.lane[I] + j);
      }
    }
  }

 private:
  template <std::size_t... G>
  ScoreGroups(const std::vector<Params>& params, std::index_sequence<G...>)
      : lanes_(ScoreLanes<kPlan.lanes[G]>(params[kPlan.head[G]])...) {}

  template <std::size_t G>
  [[nodiscard]] static Values<kPlan.lanes[G]> floors(const std::tuple<Ks...>& kernels) noexcept {
    Values<kPlan.lanes[G]> row{};
    const auto ask = [&]<std::size_t I>() {
      if constexpr (kFloor<At<I>>) {
        if (kPlan.group[I] == G) row[kPlan.lane[I]] = std::get<I>(kernels).floor();
      }
    };
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (ask.template operator()<I>(), ...);
    }(Each{});
    return row;
  }
  template <std::size_t I>
  [[nodiscard]] static double* column(Block& z, std::size_t j) noexcept {
    return z.columns[kPlan.column[I] + j].data();
  }

  decltype(tuple_of<ScoreLanes>(Groups{})) lanes_;
};

}  // namespace tickeng
