// Orders by name (market by order) to messages of depth: what stands at each price that an event of
// the venue touched, as snapshots and changes of levels tell it. Spec: A-05.
//
// Actions: A an order comes, M it has another price or quantity (one that is not there comes), C so
// much of it goes, R all orders go. T, F and N change no book. An event ends with the flag LAST.
// A book is known from R on, which begins a snapshot, until a record cannot be: an order that is
// not there, one that is there already, one too many, or a flag that the book may be wrong. Then it
// is not known until the next R. Messages are numbered, so that the one that says so leaves a gap;
// it has a level of quantity 0, at no price of note; those of a book that is not known have no
// number and no levels. A snapshot's number is not below its ts_recv, and so above all of a file
// before. Trap: what an order of a snapshot has as ts_event is when it came to the venue; the
// snapshot is of its ts_recv.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <unordered_map>
#include <vector>

namespace tickeng::io {

struct OrderRecord {
  std::uint64_t id = 0;
  std::int64_t price = 0;  // as stored
  std::uint32_t size = 0;
  std::uint8_t action = 0, side = 0, flags = 0;
  bool is_bad = false;  // a field of it cannot be read
  std::int64_t ts_ns = 0, recv_ns = 0, row = 0;
};

class OrderMessages {
 public:
  static constexpr std::int64_t kNoNumber = std::numeric_limits<std::int64_t>::min();
  /// At a time, of all instruments.
  static constexpr std::size_t kMostOrders = std::size_t{1} << 22;

  enum class Fault : std::uint8_t { kNone, kBad, kUnknown, kKnown, kTooMany };

  explicit OrderMessages(std::size_t most = kMostOrders) noexcept : most_(most) {}

  /// The next record of an instrument, whose messages are of the symbol `code`. Throws
  /// std::bad_alloc.
  Fault add(std::uint32_t instrument, std::uint32_t code, const OrderRecord& record);
  /// Messages since the last clear(); price and quantity are of all levels, bids first.
  std::vector<std::int64_t> ts_ns, recv_ns, row, last, price;
  std::vector<std::uint32_t> symbol, bids, asks;
  std::vector<std::uint8_t> snapshot;
  std::vector<double> qty;
  void clear() noexcept;
  [[nodiscard]] std::size_t orders() const noexcept { return orders_; }

 private:
  struct Order {
    std::int64_t price;
    std::uint32_t size;
    std::uint8_t side;  // 0 bid, 1 ask
  };
  struct Book {
    std::unordered_map<std::uint64_t, Order> orders;
    std::array<std::unordered_map<std::int64_t, std::uint64_t>, 2> levels;  // quantity by price
    std::array<std::vector<std::int64_t>, 2> changed;                       // prices
    std::int64_t number = 0, ts_ns = 0, recv_ns = 0;  // of the last record that is not bad
    std::uint32_t code = 0;
    bool known = false, whole = false,
         ended = false;  // whole, ended: as the next message has to say
  };

  static void note_times(Book& book, const OrderRecord& record) noexcept;
  [[nodiscard]] Fault apply(Book& book, const OrderRecord& record);
  [[nodiscard]] Fault place(Book& book, const OrderRecord& record);
  [[nodiscard]] Fault cancel(Book& book, const OrderRecord& record);
  static void change(Book& book, const Order& order, bool comes);
  void drop_orders(Book& book) noexcept;
  void end(Book& book) noexcept;
  void give(Book& book, const OrderRecord& record);
  std::uint32_t give_nothing();
  std::uint32_t give_levels(Book& book, std::size_t side);

  std::size_t most_, orders_ = 0;
  std::unordered_map<std::uint32_t, Book> books_;
};

}  // namespace tickeng::io
