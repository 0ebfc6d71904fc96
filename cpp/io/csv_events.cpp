// Delimited text to events; the rules are in the header.
#include "tickeng/io/csv_events.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <stdexcept>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "tickeng/io/blanks.hpp"
#include "tickeng/io/decimal.hpp"
#include "tickeng/io/formula_text.hpp"

namespace tickeng::io {
namespace {

constexpr std::ptrdiff_t kLanes = 16;

#ifdef __SSE2__
// One bit for each of 16 bytes that is a delimiter or a quote.
unsigned marks_at(const char* p, char delimiter) noexcept {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  const __m128i found = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(delimiter)),
                                     _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')));
  return static_cast<unsigned>(_mm_movemask_epi8(found));
}
#else
unsigned marks_at(const char* p, char delimiter) noexcept {
  unsigned marks = 0;
  for (unsigned i = 0; i < kLanes; ++i) marks |= unsigned{p[i] == delimiter || p[i] == '"'} << i;
  return marks;
}
#endif

}  // namespace

CsvEvents::Step CsvEvents::step_of(Role role) const noexcept {
  switch (role) {
    case Role::kTs: return date_column_ < 0 ? Step::kTs : Step::kDateAndTs;
    case Role::kRecv: return Step::kRecv;
    case Role::kPrice: return layout_.price.plain() ? Step::kPrice : Step::kUnusualPrice;
    case Role::kQty:
      return layout_.qty.plain() && !layout_.signed_qty ? Step::kQty : Step::kUnusualQty;
    case Role::kId:
      if (layout_.text_ids) return Step::kTextId;
      return layout_.lenient_ids ? Step::kLenientId : Step::kId;
    case Role::kEvent: return Step::kEvent;
    case Role::kSymbol: return Step::kSymbol;
    case Role::kSnapshot: return Step::kChange;
    case Role::kFirst:
    case Role::kLast:
    case Role::kPrevious:
    case Role::kMessage: return Step::kNumber;
    default: return Step::kSide;
  }
}

CsvEvents::CsvEvents(CsvLayout layout) : LineReader(layout.line_end), layout_(std::move(layout)) {
  if (layout_.roles.empty()) throw std::invalid_argument("there are no columns");
  // Zeros pad what split() looks through.
  if (layout_.delimiter == 0) throw std::invalid_argument("the delimiter is a zero byte");
  const auto date = std::ranges::find(layout_.roles, Role::kDate);
  if (date != layout_.roles.end()) date_column_ = date - layout_.roles.begin();
  std::uint32_t events = 0, changes = 0;
  const auto rule_of = [&](Role role) -> std::uint32_t {
    if (role == Role::kEvent) return events++;
    if (role == Role::kSnapshot) return changes++;
    const bool is_number = role >= Role::kFirst && role <= Role::kMessage;
    return is_number ? static_cast<std::uint32_t>(role) - static_cast<std::uint32_t>(Role::kFirst)
                     : 0;
  };
  for (std::uint32_t column = 0; column < layout_.roles.size(); ++column) {
    const Role role = layout_.roles[column];
    if (role != Role::kIgnore && role != Role::kDate && role != Role::kSymbol &&
        role != Role::kMarket) {
      uses_.push_back({step_of(role), column, rule_of(role)});
    }
  }
  if (events != layout_.events.size() || changes != layout_.changes.size()) {
    throw std::invalid_argument("each event column has a rule");
  }
  const auto known = [this](std::uint32_t column) { return column < layout_.roles.size(); };
  if (!std::ranges::all_of(layout_.symbol_columns, known) ||
      !std::ranges::all_of(layout_.known, known, &KnownTexts::column)) {
    throw std::invalid_argument("there is no such column");
  }
  if (!layout_.symbol_columns.empty()) {
    uses_.push_back({Step::kSymbol, layout_.symbol_columns.front()});
  }
  use_market();
  std::ranges::stable_sort(uses_, {}, &Use::step);
  fields_.resize(layout_.roles.size());
}

bool CsvEvents::every_line_is_a_row() const noexcept {
  // While the time unit is open the rows passed over decide it, as they would have in a full read;
  // in a time zone they decide which of two hours it is.
  return std::ranges::none_of(uses_, [this](const Use& use) {
    return ((use.step == Step::kTs || use.step == Step::kDateAndTs) &&
            layout_.ts.depends_on_rows()) ||
           (use.step == Step::kRecv && layout_.recv.depends_on_rows());
  });
}

bool CsvEvents::split(const char* begin, const char* end, Hint& hint) {
  hint = Hint::kFieldCount;
  const std::size_t last = fields_.size() - 1;
  std::size_t count = 0;
  const char* field = begin;
  const auto take = [&](const char* base, unsigned marks) {
    for (; marks; marks &= marks - 1) {
      const char* const mark = base + std::countr_zero(marks);
      if (*mark == '"' && layout_.delimiter != '"') return false;
      if (count == last) return false;
      fields_[count++] = {field, static_cast<std::size_t>(mark - field)};
      field = mark + 1;
    }
    return true;
  };
  const char* p = begin;
  bool plain = true;
  for (; plain && end - p >= kLanes; p += kLanes) plain = take(p, marks_at(p, layout_.delimiter));
  if (plain && p != end) {  // the rest, padded with bytes that mark nothing
    char rest[kLanes] = {};
    std::memcpy(rest, p, static_cast<std::size_t>(end - p));
    plain = take(p, marks_at(rest, layout_.delimiter));
  }
  if (!plain)
    return std::memchr(begin, '"', static_cast<std::size_t>(end - begin)) &&
           split_quoted(begin, end, hint);
  fields_[count++] = {field, static_cast<std::size_t>(end - field)};
  return count == fields_.size();
}

bool CsvEvents::split_quoted(const char* begin, const char* end, Hint& hint) {
  unquoted_.assign(fields_.size(), {});
  std::size_t count = 0;
  bool quoted = false;
  for (const char* p = begin; p != end; ++p) {
    if (*p == '"') {
      const bool doubled = quoted && p + 1 != end && p[1] == '"';
      if (doubled) unquoted_[count].push_back(*p++);
      else quoted = !quoted;
    } else if (*p == layout_.delimiter && !quoted) {
      if (++count == fields_.size()) return false;
    } else {
      unquoted_[count].push_back(*p);
    }
  }
  if (quoted) hint = Hint::kOpenQuote;
  if (quoted || count + 1 != fields_.size()) return false;
  std::ranges::copy(unquoted_, fields_.begin());
  return true;
}

std::string_view CsvEvents::symbol() {
  if (layout_.symbol_columns.size() == 1)
    return without_guard(trimmed(fields_[layout_.symbol_columns.front()]));
  symbol_.clear();
  for (const std::uint32_t column : layout_.symbol_columns) {
    if (column != layout_.symbol_columns.front()) symbol_.push_back(':');
    symbol_.append(without_guard(trimmed(fields_[column])));
  }
  const bool none = symbol_.find_first_not_of(':') == std::string::npos;
  return none ? std::string_view{} : symbol_;
}

bool CsvEvents::convert(const Use& use, EventRow& event, Fault& fault) {
  const std::string_view field = fields_[use.column];
  const char* const begin = field.data();
  const char* const end = begin + field.size();
  switch (use.step) {
    case Step::kEvent: return read_event(use, fault);
    case Step::kSymbol:
      if (symbols_.intern(symbol(), event.symbol)) return true;
      fault.hint = Hint::kBadSymbol;
      return false;
    case Step::kTs: return layout_.ts.parse(begin, end, event.ts_ns, fault.hint);
    case Step::kDateAndTs: return read_date_and_ts(field, event, fault);
    case Step::kRecv: return layout_.recv.parse(begin, end, event.recv_ns, fault.hint);
    case Step::kPrice:
      return (parse_decimal(begin, end, event.price) && event.price > 0 &&
              event.price < kSmallestNone) ||
             read_price(field, event, fault);
    case Step::kUnusualPrice: return read_price(field, event, fault);
    case Step::kQty:
      if (!parse_decimal(begin, end, event.qty) || !(event.qty >= 0) || event.qty >= kSmallestNone)
        return read_qty(field, event, fault);
      event.qty = std::fabs(event.qty);  // -0 is 0
      break;
    case Step::kUnusualQty: return read_qty(field, event, fault);
    case Step::kMarketPrice: return read_market_price(field, market_[use.rule]);
    case Step::kMarketQty: return read_market_qty(field, market_[use.rule], fault);
    case Step::kChange: return read_change(use, event, fault);
    case Step::kNumber: return read_number(use, event);
    case Step::kSide: return layout_.side.parse(begin, end, event.side);
    case Step::kId: return parse_integer(begin, end, event.id);
    case Step::kLenientId:
      if (!parse_digits(begin, end, event.id) && !parse_integer(begin, end, event.id)) {
        event.id = kNoId;
      }
      break;
    case Step::kTextId: return (event.id = id_hash(field), true);
  }
  return true;
}

bool CsvEvents::read_event(const Use& use, Fault& fault) {
  const std::string_view field = fields_[use.column];
  std::int8_t kept = 0;
  if (!layout_.events[use.rule].parse(field.data(), field.data() + field.size(), kept)) {
    // A row without a kind is a broken one.
    if (!trimmed(field).empty()) fault.conflict = Conflict::kEvent;
    return false;
  }
  fault.filtered = kept == 0;
  return kept != 0;
}

bool CsvEvents::read_date_and_ts(std::string_view field, EventRow& event, Fault& fault) {
  char text[128];
  const std::string_view date = fields_[static_cast<std::size_t>(date_column_)];
  if (date.size() + field.size() + 1 > sizeof text) return false;
  char* end = std::ranges::copy(date, text).out;
  *end++ = ' ';
  end = std::ranges::copy(field, end).out;
  return layout_.ts.parse(text, end, event.ts_ns, fault.hint);
}

bool CsvEvents::read_price(std::string_view field, EventRow& event, Fault& fault) {
  double raw = 0;
  if (!layout_.price.parse(field.data(), field.data() + field.size(), raw, event.price)) {
    return false;
  }
  if (stands_for_none(raw, layout_.price.scaled())) fault.hint = Hint::kStandsForNone;
  return event.price > 0 && std::isfinite(event.price) && fault.hint == Hint::kNone;
}

bool CsvEvents::read_qty(std::string_view field, EventRow& event, Fault& fault) {
  double raw = 0;
  if ((event.change & kGone) != 0) return true;  // what it had is of no interest
  if (!layout_.qty.parse(field.data(), field.data() + field.size(), raw, event.qty)) return false;
  if (stands_for_none(raw, layout_.qty.scaled())) fault.hint = Hint::kStandsForNone;
  if (!std::isfinite(event.qty) || fault.hint != Hint::kNone) return false;
  if (layout_.signed_qty) {
    event.side = static_cast<std::int8_t>((event.qty > 0) - (event.qty < 0));
  } else if (event.qty < 0) {
    if (!layout_.is_delta) fault.conflict = Conflict::kQty;
    return false;
  }
  event.qty = std::fabs(event.qty);  // -0 is 0
  return true;
}

std::int64_t CsvEvents::other_text() const noexcept {
  for (const KnownTexts& known : layout_.known) {
    const std::string_view field = fields_[known.column];
    if (field == known.texts.front()) continue;
    if (std::ranges::find(known.texts, trimmed(field)) == known.texts.end()) return known.column;
  }
  return -1;
}

bool CsvEvents::is_cut(const char* begin, const char* end, Hint hint) const noexcept {
  const auto delimiters = static_cast<std::size_t>(std::count(begin, end, layout_.delimiter));
  return at_open_end() && (hint == Hint::kOpenQuote || delimiters + 1 < fields_.size());
}

void CsvEvents::refuse(const Use& use, Fault fault, std::string_view line) {
  const std::string_view field = fields_[use.column];
  if (fault.filtered) return filter();
  switch (use.step) {
    case Step::kTs:
    case Step::kDateAndTs:
    case Step::kRecv:
      fault.reason = RejectReason::kTimestamp;
      if (fault.hint == Hint::kOtherUnit) fault.conflict = Conflict::kTime;
      if (fault.hint == Hint::kOtherOffset) fault.conflict = Conflict::kOffset;
      break;
    case Step::kPrice:
    case Step::kUnusualPrice:
    case Step::kMarketPrice: fault.reason = RejectReason::kPrice; break;
    case Step::kQty:
    case Step::kUnusualQty:
    case Step::kMarketQty: fault.reason = RejectReason::kQty; break;
    case Step::kSide:
      fault.reason = RejectReason::kSide;
      fault.conflict = Conflict::kSide;
      break;
    case Step::kNumber:
    case Step::kId:
    case Step::kLenientId:
    case Step::kTextId: fault.reason = RejectReason::kId; break;
    default: break;
  }
  // The last field of a last line without its end may be the beginning of another one.
  const bool cut = at_open_end() && use.column + 1 == fields_.size();
  if (cut) return reject_cut(fault.reason, line);
  if (fault.conflict != Conflict::kNone) return contradict(fault.conflict, field, use.column);
  const bool known = !layout_.symbol_columns.empty() && fault.hint != Hint::kBadSymbol;
  reject(fault.reason, fault.hint, line, known ? symbol() : std::string_view{});
}

void CsvEvents::on_line(const char* begin, const char* end) {
  const std::string_view line{begin, static_cast<std::size_t>(end - begin)};
  EventRow event;
  Hint hint = Hint::kNone;
  if (!split(begin, end, hint)) {
    return is_cut(begin, end, hint) ? reject_cut(RejectReason::kFields, line)
                                    : reject(RejectReason::kFields, hint, line);
  }
  Fault fault;
  for (const Use& use : uses_) {
    if (convert(use, event, fault)) continue;
    if (layout_.is_delta && use.step >= Step::kPrice) note_fault(event);
    return refuse(use, fault, line);
  }
  if (const std::int64_t column = other_text(); column >= 0) {
    return contradict(Conflict::kInstrument, fields_[static_cast<std::size_t>(column)], column);
  }
  if (layout_.levels > 0) [[unlikely]]
    return take_market(event, line);
  if (layout_.is_delta) [[unlikely]]
    return take_change(event, line);
  accept(event);
}

std::int64_t id_hash(std::string_view text) noexcept {
  text = trimmed(text);
  if (text.empty()) return kNoId;
  std::uint64_t hash = text.size() * 0x9E3779B97F4A7C15;
  for (std::size_t at = 0; at < text.size(); at += 8) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + at, std::min<std::size_t>(8, text.size() - at));
    // Multiplication carries upwards, the shift brings it down again: each byte moves every bit.
    hash = (hash ^ bytes) * 0xFF51AFD7ED558CCD;
    hash = (hash ^ hash >> 32) * 0xC4CEB9FE1A85EC53;
    hash ^= hash >> 29;
  }
  const auto id = static_cast<std::int64_t>(hash);
  return id == kNoId ? 0 : id;
}

}  // namespace tickeng::io
