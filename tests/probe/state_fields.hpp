// What a saved state consists of: the fields that each kernel shows to a visitor, in their order.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "tickeng/engine/clock.hpp"
#include "tickeng/engine/counters.hpp"
#include "tickeng/graph/scores.hpp"
#include "tickeng/kernels/book/list.hpp"
#include "tickeng/kernels/cross/list.hpp"
#include "tickeng/kernels/decision/list.hpp"
#include "tickeng/kernels/flow/list.hpp"
#include "tickeng/kernels/liquidity/list.hpp"
#include "tickeng/kernels/momentum/list.hpp"
#include "tickeng/kernels/quote/list.hpp"
#include "tickeng/kernels/regime/list.hpp"
#include "tickeng/kernels/series/list.hpp"
#include "tickeng/kernels/signal/list.hpp"
#include "tickeng/kernels/toxicity/list.hpp"
#include "tickeng/kernels/volume/list.hpp"

namespace probe {

using AllKernels = decltype(std::tuple_cat(
    std::declval<tickeng::BookKernels>(), std::declval<tickeng::CrossKernels>(),
    std::declval<tickeng::DecisionKernels>(), std::declval<tickeng::FlowKernels>(),
    std::declval<tickeng::LiquidityKernels>(), std::declval<tickeng::MomentumKernels>(),
    std::declval<tickeng::QuoteKernels>(), std::declval<tickeng::RegimeKernels>(),
    std::declval<tickeng::SeriesKernels>(), std::declval<tickeng::SignalKernels>(),
    std::declval<tickeng::ToxicityKernels>(), std::declval<tickeng::VolumeKernels>()));

/// (name, struct code of a number, whether it is an array)
using Field = std::tuple<std::string, char, bool>;

class Lister {
 public:
  static constexpr bool kLoads = false;

  [[nodiscard]] static constexpr bool whole() noexcept { return true; }
  template <class T>
  void array(std::string_view name, std::span<T>) {
    fields.emplace_back(name, code<T>(), true);
  }
  template <class T>
  void grown(std::string_view name, std::span<T> values) {
    array(name, values);
  }
  template <class T>
  void list(std::string_view name, std::vector<T>&) {
    fields.emplace_back(name, code<T>(), true);
  }
  template <class T>
  void number(std::string_view name, T&) {
    fields.emplace_back(name, code<T>(), false);
  }
  void index(std::string_view name, std::size_t&, std::size_t) {
    fields.emplace_back(name, code<std::uint64_t>(), false);
  }
  template <class Part>
  void part(Part& part) {
    part.state(*this);
  }

  std::vector<Field> fields;

 private:
  template <class T>
  static constexpr char code() {
    if constexpr (std::is_same_v<T, bool>) {
      return '?';
    } else if constexpr (std::is_floating_point_v<T>) {
      static_assert(sizeof(T) == 8);
      return 'd';
    } else {
      constexpr std::string_view codes = std::is_signed_v<T> ? "bhiq" : "BHIQ";
      return codes[sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3];
    }
  }
};

template <class K>
std::vector<Field> fields_of(const std::map<std::string, double>& settings) {
  tickeng::Params params(K::spec);
  for (const auto& [name, value] : settings) params.set(name, value);
  Lister lister;
  K kernel(params);
  kernel.state(lister);
  if constexpr (tickeng::Scores<K>) {
    tickeng::ScoreLanes<tickeng::kScores<K>> lanes(params);
    for (std::size_t lane = 0; lane < tickeng::kScores<K>; ++lane) lanes.state(lister, lane);
  }
  return std::move(lister.fields);
}

/// Of the kernel of this name, with these parameters and defaults for the others.
template <class... Ks>
std::vector<Field> kernel_fields(std::tuple<Ks...>*, const std::string& name,
                                 const std::map<std::string, double>& settings) {
  std::vector<Field> found;
  (void)((name == Ks::spec.name && (found = fields_of<Ks>(settings), true)) || ...);
  return found;
}

/// Of what stands in a symbol's section before and after its row.
inline std::map<std::string, std::vector<Field>> part_fields() {
  std::map<std::string, std::vector<Field>> found;
  const auto list = [&](const char* name, auto part, auto... more) {
    Lister lister;
    part.state(lister, more...);
    found[name] = std::move(lister.fields);
  };
  list("base series", tickeng::BaseSeries());
  list("counters", tickeng::Counters());
  list("clock", tickeng::StreamClock(), std::uint64_t{0});
  return found;
}

}  // namespace probe
