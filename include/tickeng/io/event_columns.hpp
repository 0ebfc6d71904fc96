// Where a parser puts events: columns owned by the caller, and the rows it had to refuse.
// A batch is a fixed number of data rows, accepted and refused together, so that its limits depend
// on row numbers alone and never on how the bytes arrived.
// Trap: `symbol`, `recv_ns` and `id` may be null; then the column is not wanted.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "tickeng/event/reject.hpp"

namespace tickeng::io {

/// Stands for no id.
inline constexpr std::int64_t kNoId = std::numeric_limits<std::int64_t>::min();

/// What may help to mend a refused row.
enum class Hint : std::uint8_t {
  kNone,
  kOtherUnit,
  kOutOfRange,
  kOpenQuote,
  kFieldCount,
  kTooLong,
  kBadSymbol,
  kNoSuchHour,
  kCutLine,
  kStandsForNone,
  kOtherOffset,
};

/// What a row contradicts of that which was decided for the whole file. It is no row to refuse: the
/// rows before it may have been misread as well, so that the file ends there.
enum class Conflict : std::uint8_t {
  kNone,
  kSide,
  kQty,
  kEvent,
  kTime,
  kOffset,
  kInstrument,
  kClock,     // an event has no time of the exchange
  kSnapshot,  // nothing says whose a snapshot is
  kLevels,    // messages of depth may be the best levels alone
  kProduct,   // spot and futures of one name
};

struct Contradiction {
  Conflict about = Conflict::kNone;
  std::int64_t row = 0;
  std::string text;          // of the field
  std::int64_t column = -1;  // that holds it, where the file is one of columns
};

struct Reject {
  static constexpr std::size_t kTextBytes = 200;  // enough to find the row by eye
  std::int64_t row;
  RejectReason reason;
  Hint hint;
  std::string text;
  std::string symbol;
  std::uint8_t kind = 0;  // of events, as a reader of several numbers them
};

/// A row as it was read; price, qty and side are those of a trade, or of a level that changed, of
/// which `change` and `numbers` (first, last and previous update, and its own) tell the message.
struct EventRow {
  std::int64_t ts_ns = 0;
  std::int64_t recv_ns = 0;
  std::int64_t id = 0;
  double price = 0;
  double qty = 0;
  std::uint32_t symbol = 0;
  std::int8_t side = 0;
  std::uint8_t change = 0;
  std::array<std::int64_t, 4> numbers = {kNoId, kNoId, kNoId, kNoId};
};

struct EventColumns {
  std::int64_t* ts_ns = nullptr;
  // Of trades.
  double* price = nullptr;
  double* qty = nullptr;
  std::int8_t* side = nullptr;
  // Of quotes and books: bid, bid_qty, ask, ask_qty, each with a row of so many levels.
  std::array<double*, 4> market{};
  std::size_t levels = 0;
  // Of changes, beside the columns of trades; those of numbers that are not told are null.
  std::uint8_t* snapshot = nullptr;
  std::array<std::int64_t*, 4> numbers{};
  std::int64_t* row = nullptr;
  std::uint32_t* symbol = nullptr;
  std::int64_t* recv_ns = nullptr;
  std::int64_t* id = nullptr;
  std::size_t size = 0;

  void push(const EventRow& event, std::int64_t row_number) noexcept {
    ts_ns[size] = event.ts_ns;
    price[size] = event.price;
    qty[size] = event.qty;
    side[size] = event.side;
    push_row(event, row_number);
  }
  void push_change(const EventRow& event, std::int64_t row_number) noexcept {
    snapshot[size] = event.change & 1;
    for (std::size_t k = 0; k < numbers.size(); ++k) {
      if (numbers[k]) numbers[k][size] = event.numbers[k];
    }
    push(event, row_number);
  }
  /// `values`: the levels of the first column of `market`, then those of the second and so on.
  void push_market(const EventRow& event, const double* values, std::int64_t row_number) noexcept {
    ts_ns[size] = event.ts_ns;
    for (double* const column : market) {
      std::memcpy(column + size * levels, values, levels * sizeof(double));
      values += levels;
    }
    push_row(event, row_number);
  }

 private:
  void push_row(const EventRow& event, std::int64_t row_number) noexcept {
    row[size] = row_number;
    if (symbol) symbol[size] = event.symbol;
    if (recv_ns) recv_ns[size] = event.recv_ns;
    if (id) id[size] = event.id;
    ++size;
  }
};

}  // namespace tickeng::io
