// Names to dense codes in order of first appearance. Most files carry long runs of one symbol, so
// that the last one is compared first.
// Names come from outside: at most 255 printable bytes each and kMaxSymbols in all, which bounds
// the memory that a column of unique text, mapped by mistake, can take.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tickeng::io {

class SymbolTable {
 public:
  static constexpr std::size_t kMaxSymbols = std::size_t{1} << 18;
  static constexpr std::size_t kMaxName = 255;

  /// False when the name is empty, too long or holds control bytes. Throws DataError when full.
  [[nodiscard]] bool intern(std::string_view name, std::uint32_t& code) {
    if (!names_.empty() && name == names_[last_]) {
      code = last_;
      return true;
    }
    return look_up(name, code);
  }
  [[nodiscard]] const std::deque<std::string>& names() const noexcept { return names_; }

 private:
  [[nodiscard]] bool look_up(std::string_view name, std::uint32_t& code);

  std::deque<std::string> names_;  // a deque never moves its strings; the map's keys view them
  std::unordered_map<std::string_view, std::uint32_t> codes_;
  std::uint32_t last_ = 0;
};

}  // namespace tickeng::io
