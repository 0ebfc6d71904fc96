// Delimited text to trades; the rules are in the header.
#include "tickeng/io/csv_trades.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "tickeng/io/decimal.hpp"
#include "tickeng/io/side_text.hpp"

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

Reason reason_of(Role role) noexcept {
  switch (role) {
    case Role::kTs:
    case Role::kRecv: return Reason::kTimestamp;
    case Role::kPrice: return Reason::kPrice;
    case Role::kQty: return Reason::kQty;
    case Role::kSide:
    case Role::kMaker: return Reason::kSide;
    case Role::kId: return Reason::kId;
    default: return Reason::kFields;
  }
}

}  // namespace

CsvTrades::CsvTrades(CsvLayout layout) : layout_(std::move(layout)) {
  for (std::uint32_t column = 0; column < layout_.roles.size(); ++column) {
    const Role role = layout_.roles[column];
    if (role != Role::kIgnore) uses_.push_back({role, column});
    if (role == Role::kSymbol) symbol_column_ = column;
  }
  std::ranges::sort(uses_, {}, [](const Use& use) { return reason_of(use.role); });
  fields_.resize(layout_.roles.size());
}

bool CsvTrades::every_line_is_a_row() const noexcept {
  // While the time unit is open the rows passed over decide it, as they would have in a full read.
  return std::ranges::all_of(uses_, [this](const Use& use) {
    return !(use.role == Role::kTs && !layout_.ts.settled()) &&
           !(use.role == Role::kRecv && !layout_.recv.settled());
  });
}

bool CsvTrades::split(const char* begin, const char* end, Hint& hint) {
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

bool CsvTrades::split_quoted(const char* begin, const char* end, Hint& hint) {
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

bool CsvTrades::convert(const Use& use, Trade& trade, Reason& reason, Hint& hint) {
  const std::string_view field = fields_[use.column];
  const char* const begin = field.data();
  const char* const end = begin + field.size();
  reason = reason_of(use.role);
  switch (use.role) {
    case Role::kTs: return layout_.ts.parse(begin, end, trade.ts_ns, hint);
    case Role::kRecv: return layout_.recv.parse(begin, end, trade.recv_ns, hint);
    case Role::kPrice:
      if (!parse_decimal(begin, end, trade.price)) return false;
      trade.price /= layout_.price_divisor;
      return trade.price > 0 && std::isfinite(trade.price);
    case Role::kQty:
      return parse_decimal(begin, end, trade.qty) && trade.qty >= 0 && std::isfinite(trade.qty);
    case Role::kSide: return parse_side(begin, end, trade.side, hint);
    case Role::kMaker: return parse_maker(begin, end, trade.side);
    case Role::kId: return parse_integer(begin, end, trade.id);
    case Role::kSymbol:
      if (symbols_.intern(field, trade.symbol)) return true;
      hint = Hint::kBadSymbol;
      return false;
    case Role::kIgnore: return true;
  }
  return true;
}

void CsvTrades::on_line(const char* begin, const char* end) {
  const std::string_view line{begin, static_cast<std::size_t>(end - begin)};
  Trade trade;
  Reason reason{};
  Hint hint = Hint::kNone;
  if (!split(begin, end, hint)) return reject(Reason::kFields, hint, line);
  hint = Hint::kNone;
  for (const Use& use : uses_) {
    if (!convert(use, trade, reason, hint)) {
      const bool known = symbol_column_ >= 0 && hint != Hint::kBadSymbol;
      return reject(reason, hint, line,
                    known ? fields_[static_cast<std::size_t>(symbol_column_)] : std::string_view{});
    }
  }
  accept(trade);
}

}  // namespace tickeng::io
