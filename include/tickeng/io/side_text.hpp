// Aggressor side from text: +1 the buyer took, -1 the seller took, 0 unknown.
// `parse_side` reads 1, -1, buy, sell and their like; `parse_maker` reads the venues' flag "buyer
// is maker", where true means that a seller took.
// Trap: "bid" and "ask" are refused: some venues name the side of the book that was hit by them,
// others the side of the taker.
#pragma once

#include <cstdint>

#include "tickeng/io/trade_columns.hpp"

namespace tickeng::io {

[[nodiscard]] bool parse_side(const char* begin, const char* end, std::int8_t& side,
                              Hint& hint) noexcept;
[[nodiscard]] bool parse_maker(const char* begin, const char* end, std::int8_t& side) noexcept;

}  // namespace tickeng::io
