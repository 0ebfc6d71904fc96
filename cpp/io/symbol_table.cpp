// The slow half of interning: a hash look-up, and the checks on a name never seen.
#include "tickeng/io/symbol_table.hpp"

#include <algorithm>

#include "tickeng/base/error.hpp"

namespace tickeng::io {

bool SymbolTable::look_up(std::string_view name, std::uint32_t& code) {
  if (const auto found = codes_.find(name); found != codes_.end()) {
    code = last_ = found->second;
    return true;
  }
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (name.empty() || name.size() > kMaxName || std::ranges::any_of(name, control)) return false;
  if (names_.size() == kMaxSymbols) {
    throw DataError("more than " + std::to_string(kMaxSymbols) +
                    " different symbols: is this the symbol column? Name another with "
                    "map=\"symbol=NAME\"");
  }
  code = last_ = static_cast<std::uint32_t>(names_.size());
  codes_.emplace(names_.emplace_back(name), code);
  return true;
}

}  // namespace tickeng::io
