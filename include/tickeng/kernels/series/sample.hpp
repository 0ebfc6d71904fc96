// B-32: an output as rows of another clock see it, such as a grid of time: on=grid, grid a timer.
//   y_g = x as of g, the last one strictly before; on its input's own clock x itself
//
// A timer stands behind all events of its time, so a sample on it is the value after them. What is
// undefined, or a quote that is no market any more, is a sample that is undefined, and is not
// pushed into the windows that read it.
#pragma once

#include <algorithm>

#include "tickeng/kernel/stateless.hpp"
#include "tickeng/kernels/parts/over_window.hpp"

namespace tickeng {

class Sample : public Stateless {
 public:
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "sample", .unit = "of x", .range = "in the data"}};
  static constexpr KernelSpec spec{.id = "B-32",
                                   .name = "sample",
                                   .aliases = "resample",
                                   .summary = "an output as of each row of a clock",
                                   .formula = "x as of t",
                                   .source = "S2, S3 grid features",
                                   .params = {},
                                   .outputs = kOutputSpecs,
                                   .inputs = parts::kOneInput,
                                   .sees_undefined = true,
                                   .reads_any = true};

  using Stateless::Stateless;

  [[nodiscard]] Values<1> on(const Values<1>& in) noexcept { return in; }
  [[nodiscard]] bool run(const InputRows& rows, const Columns<1>& in,
                         const OutColumns<1>& out) noexcept {
    std::copy_n(in[0], rows.size, out[0]);
    return true;
  }
};

}  // namespace tickeng
