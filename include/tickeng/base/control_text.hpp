// Control characters in text from outside: they would act where the text is printed, end a line of
// a file, or cut a name short.
#pragma once

#include <cstddef>
#include <string_view>

namespace tickeng {

/// Where the first one is, or the size of the text: C0, DEL, and C1, which UTF-8 writes as C2 80 to
/// C2 9F.
[[nodiscard]] inline std::size_t control_at(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool c1 =
        c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (c < 0x20 || c == 0x7f || c1) return i;
  }
  return text.size();
}

}  // namespace tickeng
