// Orders to messages of depth; the rules are in the header.
#include "tickeng/io/order_messages.hpp"

#include <algorithm>

namespace tickeng::io {
namespace {

constexpr std::uint8_t kLast = 0x80, kOfLevel = 0x50, kSnapshot = 0x20, kMaybeBad = 0x04;

}  // namespace

OrderMessages::Fault OrderMessages::add(std::uint32_t instrument, std::uint32_t code,
                                        const OrderRecord& record) {
  Book& book = books_[instrument];
  if (book.code != code) book.whole = true;  // the symbol has had none of it
  book.code = code;
  if (!record.is_bad) note_times(book, record);
  const Fault fault = record.is_bad ? Fault::kBad : apply(book, record);
  if (fault != Fault::kNone || (record.flags & kMaybeBad) != 0) end(book);
  if ((record.flags & kLast) != 0) give(book, record);
  return fault;
}

void OrderMessages::clear() noexcept {
  for (auto* const column : {&ts_ns, &recv_ns, &row, &last, &price}) column->clear();
  for (auto* const column : {&symbol, &bids, &asks}) column->clear();
  snapshot.clear();
  qty.clear();
}

void OrderMessages::note_times(Book& book, const OrderRecord& record) noexcept {
  book.ts_ns = (record.flags & kSnapshot) != 0 ? record.recv_ns : record.ts_ns;
  book.recv_ns = record.recv_ns;
}

OrderMessages::Fault OrderMessages::apply(Book& book, const OrderRecord& record) {
  if (record.action == 'R') {
    drop_orders(book);
    book.known = book.whole = true;
    return Fault::kNone;
  }
  if (record.action != 'A' && record.action != 'M' && record.action != 'C') return Fault::kNone;
  if (!book.known) return Fault::kNone;
  if ((record.flags & kOfLevel) != 0) return Fault::kBad;  // a level of the book, and no order
  return record.action == 'C' ? cancel(book, record) : place(book, record);
}

OrderMessages::Fault OrderMessages::place(Book& book, const OrderRecord& record) {
  const Order order{record.price, record.size,
                    record.side == 'B' ? std::uint8_t{0} : std::uint8_t{1}};
  const auto found = book.orders.find(record.id);
  if (found != book.orders.end()) {
    if (record.action == 'A') return Fault::kKnown;
    change(book, found->second, false);
    found->second = order;
  } else {
    if (orders_ >= most_) return Fault::kTooMany;
    book.orders.emplace(record.id, order);
    ++orders_;
  }
  change(book, order, true);
  return Fault::kNone;
}

OrderMessages::Fault OrderMessages::cancel(Book& book, const OrderRecord& record) {
  const auto found = book.orders.find(record.id);
  if (found == book.orders.end() || record.size > found->second.size) return Fault::kUnknown;
  Order& order = found->second;
  change(book, {order.price, record.size, order.side}, false);
  order.size -= record.size;
  if (order.size == 0) {
    book.orders.erase(found);
    --orders_;
  }
  return Fault::kNone;
}

void OrderMessages::change(Book& book, const Order& order, bool comes) {
  std::uint64_t& stands = book.levels[order.side][order.price];
  stands = comes ? stands + order.size : stands - order.size;
  if (stands == 0) book.levels[order.side].erase(order.price);
  book.changed[order.side].push_back(order.price);
}

void OrderMessages::drop_orders(Book& book) noexcept {
  orders_ -= book.orders.size();
  book.orders = {};
  for (auto& levels : book.levels) levels = {};
  for (auto& changed : book.changed) changed.clear();
}

void OrderMessages::end(Book& book) noexcept {
  book.ended |= book.known;
  book.known = false;
  drop_orders(book);
}

/// The message of an event that ends with this record, if it changed anything.
void OrderMessages::give(Book& book, const OrderRecord& record) {
  const bool whole = book.known && book.whole;
  const bool changes = !book.changed[0].empty() || !book.changed[1].empty();
  if (book.known && !whole && !changes) return;
  if (book.known || book.ended) book.number += book.ended ? 2 : 1;
  if (whole) book.number = std::max(book.number, book.recv_ns);
  last.push_back(book.known || book.ended ? book.number : kNoNumber);
  ts_ns.push_back(book.ts_ns);
  recv_ns.push_back(book.recv_ns);
  row.push_back(record.row);
  symbol.push_back(book.code);
  snapshot.push_back(whole ? 1 : 0);
  bids.push_back(book.ended && !whole ? give_nothing() : give_levels(book, 0));
  book.ended = false;
  asks.push_back(give_levels(book, 1));
  if (book.known) book.whole = false;
}

/// A table has one row per level, and must tell of the gap.
std::uint32_t OrderMessages::give_nothing() {
  price.push_back(1);
  qty.push_back(0.0);
  return 1;
}

std::uint32_t OrderMessages::give_levels(Book& book, std::size_t side) {
  std::vector<std::int64_t>& prices = book.changed[side];
  const auto& levels = book.levels[side];
  if (!book.known) prices.clear();
  if (book.known && book.whole) {
    prices.clear();
    for (const auto& [level, stands] : levels) prices.push_back(level);
  }
  std::sort(prices.begin(), prices.end());
  prices.erase(std::unique(prices.begin(), prices.end()), prices.end());
  if (side == 0) std::reverse(prices.begin(), prices.end());
  for (const std::int64_t level : prices) {
    const auto found = levels.find(level);
    price.push_back(level);
    qty.push_back(found != levels.end() ? static_cast<double>(found->second) : 0.0);
  }
  const auto count = static_cast<std::uint32_t>(prices.size());
  prices.clear();
  return count;
}

}  // namespace tickeng::io
