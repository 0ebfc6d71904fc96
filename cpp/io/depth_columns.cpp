// Levels out of JSON; the rules are in the header.
#include "tickeng/io/depth_columns.hpp"

#include <cmath>

#include "tickeng/io/amount_text.hpp"

namespace tickeng::io {
namespace {

/// A cursor over one list. Every move is false at the end of the text.
class Levels {
 public:
  explicit Levels(std::string_view text) noexcept
      : p_(text.data()), end_(text.data() + text.size()) {}

  /// Passes over this sign and the blanks around it.
  [[nodiscard]] bool take(char sign) noexcept {
    blanks();
    if (p_ == end_ || *p_ != sign) return false;
    ++p_;
    blanks();
    return true;
  }
  /// A number with or without quotes.
  [[nodiscard]] bool number(std::string_view& out) noexcept {
    const bool quoted = p_ != end_ && *p_ == '"';
    const char* const begin = quoted ? ++p_ : p_;
    while (p_ != end_ && *p_ != '"' && *p_ != ',' && *p_ != ']') ++p_;
    out = {begin, static_cast<std::size_t>(p_ - begin)};
    return !quoted || (p_ != end_ && *p_++ == '"');
  }
  [[nodiscard]] bool at_end() const noexcept { return p_ == end_; }

 private:
  void blanks() noexcept {
    while (p_ != end_ && (*p_ == ' ' || *p_ == '\t')) ++p_;
  }

  const char* p_;
  const char* end_;
};

}  // namespace

bool DepthColumns::add_levels(std::string_view json, std::uint32_t& count, RejectReason& why) {
  why = RejectReason::kFields;
  Levels list(json);
  if (!list.take('[')) return false;
  if (list.take(']')) return list.at_end();
  do {
    std::string_view price_text, qty_text;
    if (!list.take('[') || !list.number(price_text) || !list.take(',') || !list.number(qty_text) ||
        !list.take(']')) {
      return false;
    }
    double level_price = 0, level_qty = 0;
    if (!parse_amount(price_text, level_price) || !(level_price > 0)) {
      why = RejectReason::kPrice;
      return false;
    }
    if (!parse_amount(qty_text, level_qty) || !(level_qty >= 0)) {
      why = RejectReason::kQty;
      return false;
    }
    price.push_back(level_price);
    qty.push_back(std::fabs(level_qty));  // -0 is 0
    ++count;
  } while (list.take(','));
  return list.take(']') && list.at_end();
}

void DepthColumns::push(const DepthRow& message, std::int64_t row_number) {
  ts_ns.push_back(message.at.ts_ns);
  recv_ns.push_back(message.at.recv_ns);
  symbol.push_back(message.at.symbol);
  row.push_back(row_number);
  snapshot.push_back(message.snapshot ? 1 : 0);
  first.push_back(message.first);
  last.push_back(message.last);
  previous.push_back(message.previous);
  bids.push_back(message.bids);
  asks.push_back(message.asks);
}

}  // namespace tickeng::io
