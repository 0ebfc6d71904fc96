// What rows of quotes and books have, and those that are levels of messages of changes.
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "tickeng/io/blanks.hpp"
#include "tickeng/io/csv_events.hpp"
#include "tickeng/io/decimal.hpp"
#include "tickeng/io/formula_text.hpp"

namespace tickeng::io {
namespace {

constexpr std::string_view kNoIdText = "-9223372036854775808";  // kNoId, as tables write it

// What a side that is empty has in place of numbers.
bool is_blank(std::string_view field) noexcept {
  const std::string_view text = trimmed(field);
  if (text.empty()) return true;
  constexpr std::string_view kBlanks[] = {"nan", "null", "none"};
  return std::ranges::any_of(kBlanks, [=](std::string_view blank) {
    return std::ranges::equal(text, blank, [](char a, char b) { return (a | 0x20) == b; });
  });
}

}  // namespace

void CsvEvents::use_market() {
  const std::size_t levels = layout_.levels;
  if (layout_.market.size() != 4 * levels) throw std::invalid_argument("levels lack a column");
  market_.assign(4 * levels, 0.0);
  for (std::uint32_t i = 0; i < layout_.market.size(); ++i) {
    const std::uint32_t column = layout_.market[i];
    const bool is_price = i / levels % 2 == 0;
    if (column == kNoColumn) {
      if (is_price) market_[i] = std::numeric_limits<double>::quiet_NaN();
      continue;
    }
    if (column >= layout_.roles.size()) throw std::invalid_argument("there is no such column");
    uses_.push_back({is_price ? Step::kMarketPrice : Step::kMarketQty, column, i});
  }
}

bool CsvEvents::read_market_price(std::string_view field, double& price) const {
  const char* const begin = field.data();
  if (layout_.price.plain() && parse_decimal(begin, begin + field.size(), price) && price > 0 &&
      price < kSmallestNone) {
    return true;
  }
  double raw = 0;
  price = std::numeric_limits<double>::quiet_NaN();
  if (is_blank(field)) return true;
  if (!layout_.price.parse(field.data(), field.data() + field.size(), raw, price)) return false;
  if (std::isfinite(raw) && stands_for_none(raw, layout_.price.scaled())) price = std::nan("");
  return price != price || (std::isfinite(price) && price >= 0);
}

bool CsvEvents::read_market_qty(std::string_view field, double& qty, Fault& fault) const {
  const char* const begin = field.data();
  if (layout_.qty.plain() && parse_decimal(begin, begin + field.size(), qty) && qty > 0 &&
      qty < kSmallestNone) {
    return true;
  }
  double raw = 0;
  qty = std::numeric_limits<double>::quiet_NaN();
  if (is_blank(field)) return true;
  if (!layout_.qty.parse(field.data(), field.data() + field.size(), raw, qty)) return false;
  if (stands_for_none(raw, layout_.qty.scaled())) fault.hint = Hint::kStandsForNone;
  return std::isfinite(qty) && qty >= 0 && fault.hint == Hint::kNone;
}

SideFault CsvEvents::market_fault() noexcept {
  double* const values = market_.data();
  const std::size_t n = layout_.levels;
  const SideFault bids = to_one_form(values, values + n, n, -1);
  return bids != SideFault::kNone ? bids : to_one_form(values + 2 * n, values + 3 * n, n, 1);
}

void CsvEvents::take_market(const EventRow& event, std::string_view line) {
  const SideFault found = market_fault();
  if (found == SideFault::kNone) return accept_market(event, market_.data());
  const RejectReason reason =
      found == SideFault::kPrice ? RejectReason::kPrice : RejectReason::kQty;
  if (at_open_end()) return reject_cut(reason, line);
  reject(reason, Hint::kNone, line, layout_.symbol_columns.empty() ? std::string_view{} : symbol());
}

bool CsvEvents::read_change(const Use& use, EventRow& event, Fault& fault) {
  const std::string_view field = fields_[use.column];
  std::int8_t said = 0;
  if (!layout_.changes[use.rule].parse(field.data(), field.data() + field.size(), said)) {
    if (!trimmed(field).empty()) fault.conflict = Conflict::kEvent;
    return false;
  }
  fault.filtered = (said & kOther) != 0;
  event.change |= static_cast<std::uint8_t>(said);
  return !fault.filtered;
}

bool CsvEvents::read_number(const Use& use, EventRow& event) const {
  constexpr std::int64_t kExact = std::int64_t{1} << 53;
  std::string_view field = trimmed(fields_[use.column]);
  if (is_blank(field) || field == kNoIdText) return true;
  const bool is_real = field.ends_with(".0");  // as tables write integers of which some are missing
  if (is_real) field.remove_suffix(2);
  std::int64_t& number = event.numbers[use.rule];
  return parse_integer(field.data(), field.data() + field.size(), number) &&
         (!is_real || (number < kExact && number > -kExact));
}

void CsvEvents::take_change(EventRow& event, std::string_view line) {
  if (event.side == 0) {  // a word that was told to say nothing
    note_fault(event);
    return reject(RejectReason::kSide, Hint::kNone, line,
                  layout_.symbol_columns.empty() ? std::string_view{} : symbol());
  }
  if ((event.change & kGone) != 0) event.qty = 0;
  accept_change(event);
}

void CsvEvents::note_fault(EventRow& event) {
  event.price = std::numeric_limits<double>::quiet_NaN();
  note_change(event);
}

}  // namespace tickeng::io
