// A kernel of any type as a node, and its entry in the registry.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

#include "tickeng/graph/builder.hpp"
#include "tickeng/graph/registry.hpp"
#include "tickeng/graph/scores.hpp"
#include "tickeng/graph/sweep.hpp"

namespace tickeng {

template <Kernel K>
class Erased final : public Node {
 public:
  Erased(const Params& p, const Wiring& wiring) : Node(wiring), kernel_(p), scores_(p) {
    if constexpr (Scores<K>) scores_.rounding(0, K::rounding(p));
  }

  void on(const TradeStep& t, double* row) noexcept override { tick(t, row); }
  void on(const QuoteStep& q, double* row) noexcept override { tick(q, row); }
  void on(const BarStep& b, double* row) noexcept override { tick(b, row); }
  void run(const TradeBlock& block, double* const* columns) noexcept override {
    if constexpr (TicksOn<K, TradeStep> || TicksWithInputs<K>) run_block(block, columns);
  }
  void run(const QuoteBlock& block, double* const* columns) noexcept override {
    if constexpr (TicksOn<K, QuoteStep> || TicksWithInputs<K>) run_block(block, columns);
  }
  void run(const BarBlock& block, double* const* columns) noexcept override {
    if constexpr (TicksOn<K, BarStep> || TicksWithInputs<K>) run_block(block, columns);
  }
  void reset() noexcept override {
    kernel_.reset();
    scores_.reset();
    pushed_ = 0;
  }
  void skip(std::uint64_t ticks) noexcept override {
    StateSkipper(ticks).part(kernel_);
    scores_.skip(ticks);
  }
  void forget_health() noexcept override {
    scores_.forget();
    if constexpr (requires { kernel_.forget_health(); }) kernel_.forget_health();
  }
  void follow(const Node& before) noexcept override {
    const auto& other = static_cast<const Erased&>(before);
    scores_.follow(other.scores_);
    if constexpr (requires { kernel_.follow(other.kernel_); }) kernel_.follow(other.kernel_);
  }
  void save(const double* row, ByteWriter& out) override {
    save_kernel(kernel_, wiring().keys[0], row, out, [this](auto& v) { this->visit_own(v); });
  }
  void load(const NamedStates& states, double* row) override {
    load_kernel(kernel_, wiring().keys[0], row, states, [this](auto& v) { this->visit_own(v); });
  }
  [[nodiscard]] std::unique_ptr<Node> clone() const override {
    return std::make_unique<Erased>(*this);
  }
  void health(std::vector<NodeHealth>& all) const override {
    if constexpr (Scores<K>) all.push_back({wiring().keys[0].node, scores_.health(0, kScores<K>)});
    if constexpr (requires { kernel_.health(); }) {
      all.push_back({wiring().keys[0].node, kernel_.health()});
    }
  }

 private:
  struct None {
    explicit None(const Params&) {}
    void reset() noexcept {}
    void skip(std::uint64_t) noexcept {}
    void forget() noexcept {}
    void follow(const None&) noexcept {}
  };
  static auto lanes() {
    if constexpr (Scores<K>) {
      return std::type_identity<ScoreLanes<kScores<K>>>{};
    } else {
      return std::type_identity<None>{};
    }
  }
  template <class Block>
  void run_block(const Block& block, double* const* columns) noexcept {
    Columns<kInputs<K>> in;
    OutColumns<kOutputs<K>> out;
    std::copy_n(columns + wiring().first, out.size(), out.begin());
    std::array<TradeBlock::Column, kSeries<K>> z;
    if constexpr (Scores<K>) {
      OutColumns<kSeries<K>> series;
      for (std::size_t i = 0; i < z.size(); ++i) series[i] = z[i].data();
      sweep_series(kernel_, block, series);
      OutColumns<kScores<K>> x;
      for (std::size_t i = 0; i < x.size(); ++i) in[i] = x[i] = series[i];
      Columns<kScores<K>> floors{};
      if (kFloor<K>) floors[0] = series[kScores<K>];
      scores_.run(x, floors, block.size, x);
    } else {
      for (std::size_t i = 0; i < in.size(); ++i) in[i] = columns[wiring().inputs[i]];
    }
    if constexpr (kSkips<K> || TicksWithInputs<K>) {
      if (!comes_whole(in, block)) return answer_each(block, in, out);
      pushed_ += block.size;
      if constexpr (TicksWithInputs<K>) {
        sweep_inputs(kernel_, InputRows{block.size, block.ts_ns}, in, out);
      } else {
        sweep(kernel_, block, in, out);
      }
    } else {
      sweep(kernel_, block, in, out);
    }
  }
  /// Whether no tick of a block is kept from the kernel, nor was one before it that it counts.
  template <class Block>
  [[nodiscard]] bool comes_whole(const Columns<kInputs<K>>& in, const Block& block) const noexcept {
    if (!kSkips<K>) return true;
    if (!TicksWithInputs<K> && pushed_ != block.index) return false;
    std::size_t undefined = 0;
    for (const double* const x : in) {
      for (std::size_t i = 0; i < block.size; ++i) undefined += is_finite(x[i]) ? 0 : 1;
    }
    return undefined == 0;
  }
  template <class Step>
  void tick(const Step& step, double* row) noexcept {
    double* const out = row + wiring().first;
    if constexpr (Scores<K>) {
      if constexpr (TicksOn<K, Step>) put(scored(step), out);
    } else {
      Values<kInputs<K>> in;
      for (std::size_t i = 0; i < in.size(); ++i) in[i] = row[wiring().inputs[i]];
      put(answer(step, in), out);
    }
  }
  template <class Step>
  Values<kOutputs<K>> scored(const Step& step) noexcept {
    const Values<kScores<K>> x = kernel_.series(step);
    return kernel_.on(step, scores_.push(x, [&] {
      Values<kScores<K>> floors{};
      if constexpr (kFloor<K>) floors[0] = kernel_.floor();
      return floors;
    }));
  }
  /// What the kernel says to a tick with these inputs, if it comes to it.
  template <class Step>
  Values<kOutputs<K>> answer(const Step& step, const Values<kInputs<K>>& in) noexcept {
    if constexpr (kSkips<K>) {
      for (const double x : in) {
        if (!is_finite(x)) return undefined();
      }
    }
    if constexpr (TicksWithInputs<K>) {
      ++pushed_;
      Values<kOutputs<K>> values = with_inputs(kernel_, in, step.ts_ns);
      for (double& x : values) x = finite_or_nan(x);
      return values;
    } else if constexpr (!TicksOn<K, Step>) {
      return undefined();  // never: the pipeline gives it the clocks that it names
    } else if constexpr (kSkips<K>) {
      Step own = step;
      own.index = pushed_++;
      return kernel_.on(own, in);
    } else if constexpr (kInputs<K> == 0) {
      return kernel_.on(step);
    } else {
      return kernel_.on(step, in);
    }
  }
  static Values<kOutputs<K>> undefined() noexcept {
    Values<kOutputs<K>> none;
    for (std::size_t o = 0; o < none.size(); ++o) {
      none[o] = K::spec.outputs[o].type == OutputType::kFlag ? 0.0 : kNaN;
    }
    return none;
  }
  static void put(const Values<kOutputs<K>>& values, double* out) noexcept {
    for (std::size_t i = 0; i < values.size(); ++i) out[i] = canonical(values[i]);
  }
  template <class Block>
  void answer_each(const Block& block, const Columns<kInputs<K>>& in,
                   const OutColumns<kOutputs<K>>& out) noexcept {
    for (std::size_t i = 0; i < block.size; ++i) {
      Values<kInputs<K>> x;
      for (std::size_t j = 0; j < x.size(); ++j) x[j] = in[j][i];
      const Values<kOutputs<K>> values = answer(block[i], x);
      for (std::size_t j = 0; j < values.size(); ++j) out[j][i] = canonical(values[j]);
    }
  }
  /// What is beside the kernel's own state.
  template <class Visitor>
  void visit_own(Visitor& v) {
    if constexpr (kSkips<K>) v.number("pushed", pushed_);
    for (std::size_t l = 0; l < kScores<K>; ++l) {
      if constexpr (Scores<K>) scores_.state(v, l);
    }
  }

  K kernel_;
  std::uint64_t pushed_ = 0;  ///< ticks that came to it, where some are kept from it
  typename decltype(lanes())::type scores_;
};

/// What the kernel says, or as long as its first value takes when windows are strict: a window's
/// sums depend on the values in it and their indices alone (stat/anchored.hpp).
template <class K>
std::optional<Reach> memory_of(const Params& p) {
  Reach reach;
  if constexpr (requires { K::is_serial(p); }) {
    if (K::is_serial(p)) return std::nullopt;
  }
  if constexpr (requires { K::memory_ns(p); }) reach.ns = K::memory_ns(p);
  if constexpr (K::spec.memory == Memory::kSerial || kSkips<K> || Builds<K>) {
    return std::nullopt;  // rows that are kept from a kernel do not count, and may be many
  } else if constexpr (requires { K::memory(p); }) {
    reach.rows = K::memory(p);
    return reach;
  } else {
    const Params strict = p.with_choice("warmup", Warmup::kStrict);
    const std::vector<std::uint64_t> none(K::spec.inputs.size(), 0);
    std::uint64_t longest = 0;
    for (std::size_t o = 0; o < K::spec.outputs.size(); ++o) {
      longest = std::max(longest, K::warmup(strict, o, none));
    }
    reach.rows = longest + 1;
    return reach;
  }
}

template <class K>
std::uint64_t warmup_ns_of(const Params& p) {
  if constexpr (requires { K::warmup_ns(p); }) return K::warmup_ns(p);
  return 0;
}

template <class K>
constexpr auto anchors_of() -> bool (*)(const Params&, const Trade&, const Trade&) noexcept {
  if constexpr (K::spec.memory == Memory::kAnchored) {
    return &K::anchors;
  } else {
    return nullptr;
  }
}

template <class K>
constexpr auto period_of() -> TimeNs (*)(const Params&) {
  if constexpr (BuildsByTime<K>) {
    return &K::period_ns;
  } else {
    return nullptr;
  }
}

template <class K>
void check_of(const Params& p) {
  if constexpr (requires { K::check(p); }) K::check(p);
}

template <class K>
KernelEntry entry() {
  return {.spec = &K::spec,
          .clocks = kOwnClocks<K>,
          .on_bars = kOnBars<K>,
          .builds = Builds<K>,
          .skips = kSkips<K>,
          .make = [](const Params& p, const Wiring& w) -> std::unique_ptr<Node> {
            if constexpr (Builds<K>) {
              return std::make_unique<ErasedBuilder<K>>(p, w);
            } else {
              return std::make_unique<Erased<K>>(p, w);
            }
          },
          .warmup = &K::warmup,
          .warmup_ns = &warmup_ns_of<K>,
          .memory = &memory_of<K>,
          .anchors = anchors_of<K>(),
          .check = &check_of<K>,
          .period_ns = period_of<K>()};
}

/// The entries of a room's list.
template <class... Ks>
std::span<const KernelEntry> entries(std::tuple<Ks...>*) {
  static const std::array<KernelEntry, sizeof...(Ks)> all = {entry<Ks>()...};
  return all;
}

}  // namespace tickeng
