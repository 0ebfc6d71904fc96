// The only translation unit that sees every kernel: erases them, names the fused groups, and prints
// the catalogue.
#include "tickeng/engine/registry.hpp"

#include <algorithm>
#include <array>

#include "tickeng/engine/fused.hpp"
#include "tickeng/kernels/all.hpp"

namespace tickeng {
namespace {

/// The decision chain, K1 to alpha: the group that every default engine runs.
using Chain =
    Fused<FlowImpact, LeadLag, ToxicityZ, Liquidity, Regime, Signal, Size, Ready, Gate, Alpha>;

template <Kernel K>
class Erased final : public AnyKernel {
 public:
  explicit Erased(const Params& p) : kernel_(p) {}

  void on(const TradeStep& t, const double* inputs, double* out) noexcept override {
    const auto values = [&] {
      if constexpr (kInputs<K> == 0) {
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
    Places<kOutputs<K>> places;
    std::copy_n(inputs, in.size(), in.begin());
    std::copy_n(out, places.size(), places.begin());
    sweep(kernel_, block, in, places);
  }
  void reset() noexcept override { kernel_.reset(); }
  void save(ByteWriter& out) override { save_kernel(kernel_, out); }
  void load(const NamedStates& states) override { load_kernel(kernel_, states); }
  [[nodiscard]] std::unique_ptr<AnyKernel> clone() const override {
    return std::make_unique<Erased>(*this);
  }
  [[nodiscard]] const Health* health() const noexcept override {
    if constexpr (ReportsHealth<K>) {
      return &kernel_.health();
    } else {
      return nullptr;
    }
  }

 private:
  K kernel_;
};

template <class K>
KernelEntry entry() {
  return {
      &K::spec,
      [](const Params& p) -> std::unique_ptr<AnyKernel> { return std::make_unique<Erased<K>>(p); },
      &K::warmup};
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
                 same)) {
    return std::make_unique<Chain>(params);
  }
  return nullptr;
}

}  // namespace tickeng
