// Side by the tick rule: the sign of the symbol's last non-zero price change, carried
// forward; 0 before the first change. A row whose side is known keeps it but moves the state.
// State per symbol: last price and last direction, so that the result does not depend on how the
// rows were cut into batches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tickeng::io {

struct TickState {
  double price = 0;  // 0: none seen yet
  std::int8_t direction = 0;
};

class TickRule {
 public:
  /// Fills `side` where it is 0. `symbol` null: every row is symbol 0.
  void apply(const double* price, const std::uint32_t* symbol, std::int8_t* side,
             std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
      TickState& state = at(symbol ? symbol[i] : 0);
      if (state.price != 0 && price[i] != state.price) {
        state.direction = price[i] > state.price ? std::int8_t{1} : std::int8_t{-1};
      }
      state.price = price[i];
      if (side[i] == 0) side[i] = state.direction;
    }
  }
  /// The state of one symbol; room is made for it.
  [[nodiscard]] TickState& at(std::size_t symbol) {
    if (symbol >= states_.size()) states_.resize(symbol + 1);
    return states_[symbol];
  }
  [[nodiscard]] std::size_t size() const noexcept { return states_.size(); }

 private:
  std::vector<TickState> states_;
};

}  // namespace tickeng::io
