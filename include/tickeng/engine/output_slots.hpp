// Outputs of rows that are computed in another order than theirs: by symbol. They go back past the
// caches where that is worth it.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tickeng/graph/pipeline.hpp"

namespace tickeng {

struct OutputSlots {
  std::vector<std::uint32_t> slot;  ///< by row: that of its outputs, or no_slot()
  // A column each; at no_slot() those of a row that was not accepted.
  std::vector<std::vector<double>> real;
  std::vector<std::vector<std::uint8_t>> flag;
  std::vector<OutputColumn> columns;  ///< point into real and flag

  /// out[i] = get(i), past the caches.
  template <class Get>
  static void put_past_caches(double* out, std::size_t n, Get get) noexcept {
    std::size_t i = 0;
    for (; i < n && reinterpret_cast<std::uintptr_t>(out + i) % 32 != 0; ++i) out[i] = get(i);
#pragma GCC unroll 4
    for (; i + 4 <= n; i += 4) {
      _mm256_stream_pd(out + i, _mm256_setr_pd(get(i), get(i + 1), get(i + 2), get(i + 3)));
    }
    for (; i < n; ++i) out[i] = get(i);
  }

  /// `slots`: of outputs, in a row.
  void open(std::size_t rows, std::span<const OutputColumn> outputs, const Pipeline& pipeline) {
    slot.resize(rows);
    real.resize(outputs.size());
    flag.resize(outputs.size());
    columns.resize(outputs.size());
    for (std::size_t c = 0; c < outputs.size(); ++c) {
      if (outputs[c].real != nullptr) {
        real[c].resize(rows + 1);
        real[c][rows] = pipeline.absent()[pipeline.outputs()[c].slot];
        columns[c] = {real[c].data(), nullptr};
      } else {
        flag[c].resize(rows + 1);
        flag[c][rows] = 0;
        columns[c] = {nullptr, flag[c].data()};
      }
    }
  }
  [[nodiscard]] std::uint32_t no_slot() const noexcept {
    return static_cast<std::uint32_t>(slot.size());
  }
  /// The outputs of the batch's rows [from, end), to rows first + from on. Column by column: as a
  /// symbol's outputs are contiguous, few cache lines are in progress at a time.
  void put_back(std::size_t from, std::size_t end, std::span<const OutputColumn> to,
                std::size_t first, bool past_caches) const noexcept {
    const std::uint32_t* const at = slot.data() + from;
    for (std::size_t c = 0; c < to.size(); ++c) {
      const auto put = [&](auto* out, const auto* values) {
        for (std::size_t i = 0; i < end - from; ++i) out[i] = values[at[i]];
      };
      if (to[c].real == nullptr) {
        put(to[c].flag + first + from, flag[c].data());
      } else if (past_caches) {
        put_past_caches(to[c].real + first + from, end - from,
                        [at, values = real[c].data()](std::size_t i) { return values[at[i]]; });
      } else {
        put(to[c].real + first + from, real[c].data());
      }
    }
    if (past_caches) _mm_sfence();
  }
};

}  // namespace tickeng
