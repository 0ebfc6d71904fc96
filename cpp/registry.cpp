// Joins the rooms, and fuses the groups.
#include "tickeng/graph/registry.hpp"

#include <utility>

#include "tickeng/graph/fused.hpp"
#include "tickeng/kernels/cross/k2.hpp"
#include "tickeng/kernels/decision/gate.hpp"
#include "tickeng/kernels/decision/ready.hpp"
#include "tickeng/kernels/decision/size.hpp"
#include "tickeng/kernels/flow/k1.hpp"
#include "tickeng/kernels/liquidity/k4.hpp"
#include "tickeng/kernels/regime/regime.hpp"
#include "tickeng/kernels/signal/alpha.hpp"
#include "tickeng/kernels/signal/signal.hpp"
#include "tickeng/kernels/toxicity/k3.hpp"

namespace tickeng {

std::span<const KernelEntry> flow_kernels();
std::span<const KernelEntry> momentum_kernels();
std::span<const KernelEntry> cross_kernels();
std::span<const KernelEntry> toxicity_kernels();
std::span<const KernelEntry> volume_kernels();
std::span<const KernelEntry> liquidity_kernels();
std::span<const KernelEntry> regime_kernels();
std::span<const KernelEntry> signal_kernels();
std::span<const KernelEntry> decision_kernels();
std::span<const KernelEntry> quote_kernels();
std::span<const KernelEntry> book_kernels();
std::span<const KernelEntry> bar_kernels();
std::span<const KernelEntry> volatility_kernels();
std::span<const KernelEntry> series_kernels();

namespace {

/// The decision chain, K1 to alpha: the group that every default engine runs.
using Chain = Fused<K1, K2, K3, K4, Regime, Signal, Size, Ready, Gate, Alpha>;

template <class Group>
GroupEntry group() {
  return {Group::kKernels, &Group::fits,
          [](const std::vector<Params>& p, const Wiring& w) -> std::unique_ptr<Node> {
            return std::make_unique<Group>(p, w);
          }};
}

}  // namespace

const std::vector<KernelEntry>& registry() {
  static const std::vector<KernelEntry> all = [] {
    const std::pair<std::string_view, std::span<const KernelEntry>> rooms[] = {
        {"flow", flow_kernels()},
        {"momentum", momentum_kernels()},
        {"cross", cross_kernels()},
        {"toxicity", toxicity_kernels()},
        {"volume", volume_kernels()},
        {"liquidity", liquidity_kernels()},
        {"regime", regime_kernels()},
        {"signal", signal_kernels()},
        {"decision", decision_kernels()},
        {"quote", quote_kernels()},
        {"book", book_kernels()},
        {"bar", bar_kernels()},
        {"volatility", volatility_kernels()},
        {"series", series_kernels()}};
    std::vector<KernelEntry> joined;
    for (const auto& [room, entries] : rooms) {
      for (KernelEntry entry : entries) {
        entry.room = room;
        joined.push_back(entry);
      }
    }
    return joined;
  }();
  return all;
}

std::span<const GroupEntry> groups() {
  static const GroupEntry all[] = {group<Chain>()};
  return all;
}

}  // namespace tickeng
