// An answer that is not finite is none: what kernels that divide or sum say instead.
#pragma once

#include "tickeng/kernel/spec.hpp"

namespace tickeng::parts {

[[nodiscard]] inline double finite(double x) noexcept { return x - x == 0.0 ? x : kNaN; }

}  // namespace tickeng::parts
