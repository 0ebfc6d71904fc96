// Selections of kernels with a name of their own.
#pragma once

#include <string_view>

namespace tickeng {

struct Preset {
  std::string_view name, summary, text;
};

inline constexpr Preset kPresets[] = {
    {.name = "chain",
     .summary = "K1..K5, signal, size, gate and alpha: the decision after every trade",
     .text = "k1,k2,k3,k4,regime,signal,size,ready,gate,alpha"}};

}  // namespace tickeng
