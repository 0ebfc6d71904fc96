// Delimited text. Line 1: a letter a column, those of k the levels of a book; line 2: delimiter,
// line end (n or r), time unit (0..6), flags, places of the scale, piece and batch sizes, then a
// time pattern; the rest is the text.
#include <algorithm>
#include <stdexcept>

#include "read_all.hpp"
#include "tickeng/base/error.hpp"
#include "tickeng/io/csv_events.hpp"

namespace {

using namespace tickeng::io;

constexpr std::string_view kRoles = "-trpqsmyiedk";
enum Flag { kAnyRange = 1, kComma = 2, kSigned = 4, kTextIds = 8, kZone = 16, kDay = 32 };

TimeText clock(unsigned unit, unsigned flags, std::string_view pattern) {
  LocalDay day;
  if (flags & kDay) day = {1'704'067'200 * kSecondNs, 7'200'000, 1'704'063'600 * kSecondNs, true};
  LocalZone zone;
  if (flags & kZone) {  // New York in 2024
    zone =
        LocalZone({{-8'000'000'000, -18'000}, {1'710'054'000, -14'400}, {1'730'613'600, -18'000}});
  }
  TimePattern compiled;
  const auto kind = static_cast<TimeUnit>(unit % 7);
  if (kind == TimeUnit::kPattern) {
    compiled = TimePattern(pattern);
    if (!compiled.has_date() && !day.used) throw std::invalid_argument("no date");
  }
  return {kind, (flags & kAnyRange) != 0, day, zone, compiled};
}

CsvLayout layout(std::string_view roles, std::string_view options) {
  CsvLayout out;
  for (const char letter : roles.substr(0, 64)) {
    const std::size_t role = kRoles.find(letter);
    out.roles.push_back(role == kRoles.npos ? Role::kIgnore : static_cast<Role>(role));
  }
  for (std::uint32_t i = 0; i < out.roles.size(); ++i) {
    if (out.roles[i] == Role::kMarket) out.market.push_back(i);
  }
  out.levels = out.market.size() / 4;
  for (const char needed : std::string_view(out.levels > 0 ? "t" : "tpq")) {
    if (roles.find(needed) == roles.npos) throw std::invalid_argument("a column is missing");
  }
  const auto flags = static_cast<unsigned char>(at(options, 3, '@'));
  out.delimiter = at(options, 0, ',');
  out.line_end = at(options, 1, 'n') == 'r' ? '\r' : '\n';
  const std::string_view pattern = options.substr(std::min<std::size_t>(7, options.size()));
  out.ts = out.recv = clock(static_cast<unsigned char>(at(options, 2, '0')) - '0', flags, pattern);
  out.price.places = out.qty.places = static_cast<unsigned char>(at(options, 4, '0')) % 16;
  out.price.decimal_comma = out.qty.decimal_comma = (flags & kComma) != 0;
  out.side = WordRule(
      {{"buy", 1}, {"sell", -1}, {"1", 1}, {"-1", -1}, {"false", 1}, {"true", -1}, {"", 0}}, false,
      WordRule::kNoOther);
  out.events.assign(static_cast<std::size_t>(std::ranges::count(out.roles, Role::kEvent)),
                    WordRule({{"trade", 1}, {"2", 1}}, false, 0));
  out.signed_qty = (flags & kSigned) != 0;
  out.text_ids = (flags & kTextIds) != 0;
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input in(data, size);
  const std::string_view roles = in.line(), options = in.line();
  try {
    const CsvLayout decided = layout(roles, options);
    const auto piece = static_cast<unsigned char>(at(options, 5, 'a'));
    const auto batch = static_cast<unsigned char>(at(options, 6, 'a'));
    read_both_ways([&] { return std::make_unique<CsvEvents>(decided); }, in.rest(), piece % 61 + 1U,
                   batch % 7 + 1U, decided.levels);
  } catch (const std::invalid_argument&) {
  } catch (const tickeng::DataError&) {
  }
  return 0;
}
