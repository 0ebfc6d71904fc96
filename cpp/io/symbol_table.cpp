// The slow half of interning: a hash look-up, and the checks on a name never seen.
#include "tickeng/io/symbol_table.hpp"

#include "tickeng/base/control_text.hpp"
#include "tickeng/base/error.hpp"

namespace tickeng::io {

bool SymbolTable::look_up(std::string_view name, std::uint32_t& code) {
  if (const auto found = codes_.find(name); found != codes_.end()) {
    code = last_ = found->second;
    return true;
  }
  if (name.empty() || name.size() > kMaxName || control_at(name) < name.size()) return false;
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
