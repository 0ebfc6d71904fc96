// A kernel of any type as a node.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

#include "tickeng/graph/node.hpp"
#include "tickeng/graph/scores.hpp"
#include "tickeng/graph/sweep.hpp"

namespace tickeng {

template <Kernel K>
class Erased final : public Node {
 public:
  Erased(const Params& p, const Wiring& wiring) : Node(wiring), kernel_(p), scores_(p) {
    if constexpr (Scores<K>) scores_.rounding(0, K::rounding(p));
  }

  void on(const TradeStep& t, double* row) noexcept override { move(t, row); }
  void on(const QuoteStep& q, double* row) noexcept override { move(q, row); }
  void on(const BookStep& b, double* row) noexcept override { move(b, row); }
  void on(const BarStep& b, double* row) noexcept override { move(b, row); }
  void on(const OwnStep& o, double* row) noexcept override { move(o, row); }
  void run(const TradeBlock& block, double* const* columns) noexcept override {
    sweep_over<TradeStep>(block, columns);
  }
  void run(const QuoteBlock& block, double* const* columns) noexcept override {
    sweep_over<QuoteStep>(block, columns);
  }
  void run(const BookBlock& block, double* const* columns) noexcept override {
    sweep_over<BookStep>(block, columns);
  }
  void run(const BarBlock& block, double* const* columns) noexcept override {
    sweep_over<BarStep>(block, columns);
  }
  void run(const OwnBlock& block, double* const* columns) noexcept override {
    sweep_over<OwnStep>(block, columns);
  }
  void lapse(TimeNs at_ns) noexcept override {
    if constexpr (requires { kernel_.lapse(at_ns); }) kernel_.lapse(at_ns);
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
  void grow(std::size_t rows) override {
    StateGrower(rows).part(kernel_);
    scores_.grow(rows);
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
    void grow(std::size_t) {}
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
  /// A kernel without a step sees of every clock the same, so that there is one code for all.
  template <class Step>
  void move(const Step& step, double* row) noexcept {
    if constexpr (TicksWithInputs<K>) {
      tick(step.ts_ns, row);
    } else if constexpr (TicksOn<K, Step>) {
      tick(step, row);
    }
  }
  template <class Step, class Block>
  void sweep_over(const Block& block, double* const* columns) noexcept {
    if constexpr (TicksWithInputs<K>) {
      run_block(InputRows{block.size, block.ts_ns}, columns);
    } else if constexpr (TicksOn<K, Step>) {
      run_block(block, columns);
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
        sweep_inputs(kernel_, block, in, out);
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
    if constexpr (!TicksWithInputs<K>) {
      if (pushed_ != block.index) return false;
    }
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
      put(scored(step), out);
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
  /// What the kernel says to a tick with these inputs, if it comes to it. Step: its time alone
  /// where the kernel has none.
  template <class Step>
  Values<kOutputs<K>> answer(const Step& step, const Values<kInputs<K>>& in) noexcept {
    if constexpr (kSkips<K>) {
      for (const double x : in) {
        if (!is_finite(x)) return undefined();
      }
    }
    if constexpr (TicksWithInputs<K>) {
      ++pushed_;
      Values<kOutputs<K>> values = with_inputs(kernel_, in, step);
      for (double& x : values) x = finite_or_nan(x);
      return values;
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

}  // namespace tickeng
