// The only translation unit that sees every kernel: erases them, names the fused groups, and prints
// the catalogue.
#include "tickeng/graph/registry.hpp"

#include <algorithm>
#include <array>
#include <type_traits>

#include "tickeng/graph/fused.hpp"
#include "tickeng/kernels/all.hpp"

namespace tickeng {
namespace {

/// The decision chain, K1 to alpha: the group that every default engine runs.
using Chain = Fused<K1, K2, K3, K4, Regime, Signal, Size, Ready, Gate, Alpha>;

template <Kernel K>
class Erased final : public AnyKernel {
 public:
  explicit Erased(const Params& p) : kernel_(p), scores_(p) {
    if constexpr (Scores<K>) scores_.rounding(0, K::rounding(p));
  }

  void on(const TradeStep& t, const double* inputs, double* out) noexcept override {
    const auto values = [&] {
      if constexpr (Scores<K>) {
        const Values<kScores<K>> x = kernel_.series(t);
        return kernel_.on(t, scores_.push(x, [&] {
          Values<kScores<K>> floors{};
          if constexpr (kFloor<K>) floors[0] = kernel_.floor();
          return floors;
        }));
      } else if constexpr (kInputs<K> == 0) {
        return kernel_.on(t);
      } else {
        Values<kInputs<K>> in;
        std::copy_n(inputs, in.size(), in.begin());
        return kernel_.on(t, in);
      }
    }();
    for (std::size_t i = 0; i < values.size(); ++i) out[i] = canonical(values[i]);
  }
  void run(const TradeBlock& block, const double* const* inputs,
           double* const* out) noexcept override {
    Columns<kInputs<K>> in;
    OutColumns<kOutputs<K>> columns;
    std::copy_n(out, columns.size(), columns.begin());
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
      std::copy_n(inputs, in.size(), in.begin());
    }
    sweep(kernel_, block, in, columns);
  }
  void reset() noexcept override {
    kernel_.reset();
    scores_.reset();
  }
  void skip(std::uint64_t ticks) noexcept override {
    StateSkipper(ticks).part(kernel_);
    scores_.skip(ticks);
  }
  void forget_health() noexcept override { scores_.forget(); }
  void follow(const AnyKernel& before) noexcept override {
    scores_.follow(static_cast<const Erased&>(before).scores_);
  }
  void save(ByteWriter& out) override {
    save_kernel(kernel_, out, [this](auto& v) { this->visit_scores(v); });
  }
  void load(const NamedStates& states) override {
    load_kernel(kernel_, states, [this](auto& v) { this->visit_scores(v); });
  }
  [[nodiscard]] std::unique_ptr<AnyKernel> clone() const override {
    return std::make_unique<Erased>(*this);
  }
  [[nodiscard]] std::optional<Health> health() const noexcept override {
    if constexpr (Scores<K>) {
      return scores_.health(0, kScores<K>);
    } else {
      return std::nullopt;
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
  template <class Visitor>
  void visit_scores(Visitor& v) {
    for (std::size_t l = 0; l < kScores<K>; ++l) {
      if constexpr (Scores<K>) scores_.state(v, l);
    }
  }

  K kernel_;
  typename decltype(lanes())::type scores_;
};

/// What the kernel says, or as long as its first value takes when windows are strict: a window's
/// sums depend on the values in it and their indices alone (stat/anchored.hpp).
template <class K>
std::optional<std::uint64_t> memory_of(const Params& p) {
  if constexpr (K::spec.memory == Memory::kInfinite) {
    return std::nullopt;
  } else if constexpr (requires { K::memory(p); }) {
    return K::memory(p);
  } else {
    const Params strict = p.with_choice("warmup", Warmup::kStrict);
    const std::vector<std::uint64_t> none(K::spec.inputs.size(), 0);
    std::uint64_t longest = 0;
    for (std::size_t o = 0; o < K::spec.outputs.size(); ++o) {
      longest = std::max(longest, K::warmup(strict, o, none));
    }
    return longest + 1;
  }
}

template <class K>
KernelEntry entry() {
  return {
      &K::spec,
      [](const Params& p) -> std::unique_ptr<AnyKernel> { return std::make_unique<Erased<K>>(p); },
      &K::warmup, &memory_of<K>};
}

template <class... Ks>
std::array<KernelEntry, sizeof...(Ks)> entries(std::tuple<Ks...>*) {
  return {entry<Ks>()...};
}

}  // namespace

std::span<const KernelEntry> registry() {
  static const auto all = entries(static_cast<AllKernels*>(nullptr));
  return all;
}

std::unique_ptr<Graph> make_fused(std::span<const std::size_t> kernels,
                                  const std::vector<Params>& params) {
  const auto same = [](std::size_t k, std::string_view name) {
    return registry()[k].spec->name == name;
  };
  if (std::equal(kernels.begin(), kernels.end(), Chain::kKernels.begin(), Chain::kKernels.end(),
                 same) &&
      Chain::fits(params)) {
    return std::make_unique<Chain>(params);
  }
  return nullptr;
}

}  // namespace tickeng
