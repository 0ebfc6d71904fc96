// What the registry has of a kernel of any type, and of the list of a room.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

#include "tickeng/graph/builder.hpp"
#include "tickeng/graph/erased.hpp"
#include "tickeng/graph/registry.hpp"

namespace tickeng {

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
void on_clocks_of(Params& p, ClockSet clocks) {
  if constexpr (requires { K::on_clocks(p, clocks); }) K::on_clocks(p, clocks);
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
          .on_clocks = &on_clocks_of<K>,
          .period_ns = period_of<K>()};
}

/// The entries of a room's list.
template <class... Ks>
std::span<const KernelEntry> entries(std::tuple<Ks...>*) {
  static const std::array<KernelEntry, sizeof...(Ks)> all = {entry<Ks>()...};
  return all;
}

}  // namespace tickeng
