// A group of kernels fused at compile time: inputs are resolved by name into fixed slots of the
// row, and z-scores whose windows have one length by default share lanes, so that a tick is one
// straight piece of code. Naming the kernels is all it takes.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "tickeng/graph/score_groups.hpp"
#include "tickeng/graph/sweep.hpp"

// One tick has few values to pair; paired by the compiler, they wait for single stores.
#ifdef __clang__
#define TICKENG_SCALAR
#else
#define TICKENG_SCALAR [[gnu::optimize("no-tree-slp-vectorize")]]
#endif

namespace tickeng {

template <Kernel... Ks>
class Fused final : public Node {
  static constexpr std::size_t kCount = sizeof...(Ks);
  static constexpr std::size_t kWidth = (kOutputs<Ks> + ...);
  static_assert((... && (kOwnClocks<Ks> == ClockSet(Clock::kTrade) && !kSkips<Ks>)));
  template <std::size_t I>
  using At = std::tuple_element_t<I, std::tuple<Ks...>>;

  static constexpr std::array<std::size_t, kCount> kOffsets = [] {
    std::array<std::size_t, kCount> offsets{};
    std::size_t at = 0, i = 0;
    ((offsets[i++] = at, at += kOutputs<Ks>), ...);
    return offsets;
  }();
  static constexpr std::array<std::string_view, kWidth> kNames = [] {
    std::array<std::string_view, kWidth> names{};
    std::size_t at = 0;
    const auto add = [&](const KernelSpec& s) {
      for (const OutputSpec& o : s.outputs) names[at++] = o.name;
    };
    (add(Ks::spec), ...);
    return names;
  }();
  /// Index of an output; throwing makes an unknown input a compile error.
  static consteval std::size_t index_of(std::string_view name, std::size_t before) {
    for (std::size_t i = 0; i < before; ++i) {
      if (kNames[i] == name) return i;
    }
    throw "a fused kernel reads an output that no earlier kernel gives";
  }

 public:
  static constexpr std::array<std::string_view, kCount> kKernels = {Ks::spec.name...};

  /// Whether kernels with these parameters can share lanes as their defaults do.
  [[nodiscard]] static bool fits(const std::vector<Params>& params) {
    return ScoreGroups<Ks...>::fits(params);
  }
  Fused(const std::vector<Params>& params, const Wiring& wiring)
      : Fused(params, wiring, std::index_sequence_for<Ks...>{}) {}

  using Node::on, Node::run;  // it moves on trades
  void on(const TradeStep& t, double* row) noexcept override {
    tick<const TradeStep&>(row + wiring().first, t);
  }
  void on_alone(BaseSeries& base, const Trade& trade, TimeNs ts_ns, const LeaderPrice& leader,
                std::uint32_t flags, double* row) noexcept override {
    tick<BaseSeries&, const Trade&, TimeNs, const LeaderPrice&, std::uint32_t>(
        row, base, trade, ts_ns, leader, flags);
  }
  /// Kernel by kernel over the block: the same operations in the same order for every kernel.
  void run(const TradeBlock& block, double* const* columns) noexcept override {
    double* const* const out = columns + wiring().first;
    typename ScoreGroups<Ks...>::Block z;
    scores_.run(kernels_, block, z);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (sweep_at<I>(std::get<I>(kernels_), block, z, out), ...);
    }(std::make_index_sequence<kCount>{});
  }
  void reset() noexcept override {
    std::apply([](Ks&... k) { (k.reset(), ...); }, kernels_);
    scores_.reset();
  }
  void skip(std::uint64_t ticks) noexcept override {
    StateSkipper skipper(ticks);
    std::apply([&](Ks&... k) { (skipper.part(k), ...); }, kernels_);
    scores_.skip(ticks);
  }
  void grow(std::size_t rows) override {
    StateGrower grower(rows);
    std::apply([&](Ks&... k) { (grower.part(k), ...); }, kernels_);
    scores_.grow(rows);
  }
  void forget_health() noexcept override { scores_.forget(); }
  void follow(const Node& before) noexcept override {
    scores_.follow(static_cast<const Fused&>(before).scores_);
  }
  void save(const double* row, ByteWriter& out) override {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (save_kernel(std::get<I>(kernels_), wiring().keys[I], row, out,
                   [this](auto& v) { scores_.template state<I>(v); }),
       ...);
    }(std::make_index_sequence<kCount>{});
  }
  void load(const NamedStates& states, double* row) override {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (load_kernel(std::get<I>(kernels_), wiring().keys[I], row, states,
                   [this](auto& v) { scores_.template state<I>(v); }),
       ...);
    }(std::make_index_sequence<kCount>{});
  }
  [[nodiscard]] std::unique_ptr<Node> clone() const override {
    return std::make_unique<Fused>(*this);
  }
  void health(std::vector<NodeHealth>& all) const override {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      const auto add = [&]<std::size_t J>() {
        if constexpr (kScores<At<J>> > 0) {
          all.push_back({wiring().keys[J].node, scores_.template health<J>()});
        }
      };
      (add.template operator()<I>(), ...);
    }(std::make_index_sequence<kCount>{});
  }

 private:
  static const TradeStep& step_of(const TradeStep& t) noexcept { return t; }
  static TradeStep step_of(BaseSeries& base, const Trade& trade, TimeNs ts_ns,
                           const LeaderPrice& leader, std::uint32_t flags) noexcept {
    return base.step(trade, ts_ns, leader, flags);
  }
  template <class... Args>
  [[gnu::flatten]] TICKENG_SCALAR void tick(double* row, Args... args) noexcept {
    const TradeStep t = step_of(args...);
    const auto z = scores_.push(kernels_, t);
    Values<kWidth> values;  // not `row`: what one kernel leaves reaches the next in a register
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (step<I>(std::get<I>(kernels_), t, z, values), ...);
    }(std::make_index_sequence<kCount>{});
    constexpr std::size_t kRows = kWidth / 4;
    [&]<std::size_t... R>(std::index_sequence<R...>) {
      (stat::All<4>{}.put(row, R, canonical_row(values, 4 * R)), ...);
    }(std::make_index_sequence<kRows>{});
    for (std::size_t c = 4 * kRows; c < kWidth; ++c) row[c] = canonical(values[c]);
  }
  static stat::Vec<4> canonical_row(const Values<kWidth>& v, std::size_t at) noexcept {
    const stat::Vec<4> x = {v[at], v[at + 1], v[at + 2], v[at + 3]};
    return x == x ? x : stat::Vec<4>{} + kNaN;
  }
  template <std::size_t... I>
  Fused(const std::vector<Params>& params, const Wiring& wiring, std::index_sequence<I...>)
      : Node(wiring), kernels_(params[I]...), scores_(params) {}

  template <std::size_t I, class Z>
  static void step(At<I>& kernel, const TradeStep& t, const Z& z, Values<kWidth>& row) noexcept {
    const auto out = [&] {
      if constexpr (Scores<At<I>>) {
        return kernel.on(t, ScoreGroups<Ks...>::template of<I>(z));
      } else if constexpr (kInputs<At<I>> == 0) {
        return kernel.on(t);
      } else {
        return kernel.on(t, inputs<I>(row, std::make_index_sequence<kInputs<At<I>>>{}));
      }
    }();
    for (std::size_t j = 0; j < out.size(); ++j) row[kOffsets[I] + j] = out[j];
  }
  template <std::size_t I, std::size_t... J>
  static Values<sizeof...(J)> inputs(const Values<kWidth>& row,
                                     std::index_sequence<J...>) noexcept {
    return {row[index_of(At<I>::spec.inputs[J], kOffsets[I])]...};
  }
  template <std::size_t I>
  static void sweep_at(At<I>& kernel, const TradeBlock& block,
                       typename ScoreGroups<Ks...>::Block& z, double* const* out) noexcept {
    Columns<kInputs<At<I>>> in;
    OutColumns<kOutputs<At<I>>> columns;
    [&]<std::size_t... J>(std::index_sequence<J...>) {
      if constexpr (Scores<At<I>>) {
        in = ScoreGroups<Ks...>::template of<I>(z);
      } else {
        ((in[J] = out[index_of(At<I>::spec.inputs[J], kOffsets[I])]), ...);
      }
    }(std::make_index_sequence<kInputs<At<I>>>{});
    for (std::size_t j = 0; j < columns.size(); ++j) columns[j] = out[kOffsets[I] + j];
    sweep(kernel, block, in, columns);
  }

  std::tuple<Ks...> kernels_;
  ScoreGroups<Ks...> scores_;
};

}  // namespace tickeng
