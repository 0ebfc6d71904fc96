// One kernel over one block of ticks: its own columnar driver where it has one that is ready, else
// on() in a loop. What leaves holds one canonical NaN, whichever way was taken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "tickeng/graph/node.hpp"

namespace tickeng {

/// Tick by tick. It works on a local: through a reference every store to a column might change a
/// member, and the compiler would reload them all.
template <Kernel K, class Block, std::size_t... In, std::size_t... Out>
[[gnu::flatten]] void tick_by_tick(K& kernel, const Block& block, Columns<sizeof...(In)> in,
                                   OutColumns<sizeof...(Out)> out, std::index_sequence<In...>,
                                   std::index_sequence<Out...>) noexcept {
  K local = std::move(kernel);
#ifndef __clang__
#pragma GCC ivdep
#endif
  for (std::size_t i = 0; i < block.size; ++i) {
    Values<sizeof...(Out)> values;
    if constexpr (sizeof...(In) == 0) {
      values = local.on(block[i]);
    } else {
      values = local.on(block[i], {in[In][i]...});
    }
    ((out[Out][i] = values[Out]), ...);
  }
  kernel = std::move(local);
}

template <Kernel K, class Block>
void sweep(K& kernel, const Block& block, const Columns<kInputs<K>>& in,
           const OutColumns<kOutputs<K>>& out) noexcept {
  bool done = false;
  if constexpr (RunsColumns<K, Block>) done = kernel.run(block, in, out);
  if (!done) {
    tick_by_tick(kernel, block, in, out, std::make_index_sequence<kInputs<K>>{},
                 std::make_index_sequence<kOutputs<K>>{});
  }
  for (double* const column : out) {
    std::size_t nans = 0;
    for (std::size_t i = 0; i < block.size; ++i) nans += column[i] != column[i] ? 1 : 0;
    for (std::size_t i = 0; nans > 0 && i < block.size; ++i) column[i] = canonical(column[i]);
  }
}

/// One tick of a kernel without a step.
template <Kernel K>
[[nodiscard]] Values<kOutputs<K>> with_inputs(K& kernel, const Values<kInputs<K>>& in,
                                              TimeNs ts_ns) noexcept {
  if constexpr (TicksWithTime<K>) return kernel.on(in, ts_ns);
  if constexpr (!TicksWithTime<K>) return kernel.on(in);
}

/// Ticks of a kernel without a step, which all come to it.
template <Kernel K>
void sweep_inputs(K& kernel, const InputRows& rows, const Columns<kInputs<K>>& in,
                  const OutColumns<kOutputs<K>>& out) noexcept {
  const std::size_t n = rows.size;
  bool done = false;
  if constexpr (RunsColumns<K, InputRows>) done = kernel.run(rows, in, out);
  for (std::size_t i = 0; !done && i < n; ++i) {
    Values<kInputs<K>> x;
    for (std::size_t j = 0; j < x.size(); ++j) x[j] = in[j][i];
    const Values<kOutputs<K>> values = with_inputs(kernel, x, rows.ts_ns[i]);
    for (std::size_t j = 0; j < values.size(); ++j) out[j][i] = values[j];
  }
  for (double* const column : out) {
    for (std::size_t i = 0; i < n; ++i) column[i] = finite_or_nan(column[i]);
  }
}

/// The series that a kernel scores.
template <Scores K>
void sweep_series(K& kernel, const TradeBlock& block, const OutColumns<kSeries<K>>& x) noexcept {
  if (kernel.series(block, x)) return;
  for (std::size_t i = 0; i < block.size; ++i) {
    const Values<kScores<K>> values = kernel.series(block[i]);
    for (std::size_t j = 0; j < values.size(); ++j) x[j][i] = values[j];
    if constexpr (kFloor<K>) x[values.size()][i] = kernel.floor();
  }
}

/// By way of int, for which there is a vector instruction.
inline void to_flags(const double* __restrict column, std::size_t n,
                     std::uint8_t* __restrict flags) noexcept {
  for (std::size_t i = 0; i < n; ++i) {
    flags[i] = static_cast<std::uint8_t>(static_cast<int>(column[i]));
  }
}

}  // namespace tickeng
