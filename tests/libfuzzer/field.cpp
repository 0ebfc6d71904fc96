// Single fields. Line 1 begins with what they are: d decimal, i integer, a amount (then places),
// t times of a pattern (the rest of the line), w words of sides, z local times; each further line
// is one field. Numbers are compared with those of the C library.
#include <cerrno>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <string>

#include "input.hpp"
#include "tickeng/io/amount_text.hpp"
#include "tickeng/io/local_zone.hpp"
#include "tickeng/io/time_text.hpp"
#include "tickeng/io/word_rule.hpp"

namespace {

using namespace tickeng::io;

bool same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) ||
         std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

void decimal(const Copy& field) {
  double value = 0;
  if (!parse_decimal(field.begin(), field.end(), value)) return;
  const std::string text(field.begin(), field.end());
  char* stop = nullptr;
  const double want = std::strtod(text.c_str(), &stop);
  expect(text.find_first_not_of(" \t", static_cast<std::size_t>(stop - text.c_str())) == text.npos,
         "a number ends where the C library ends it");
  expect(same(value, want), "a number is the double nearest to it");
}

void integer(const Copy& field) {
  std::int64_t value = 0;
  if (!parse_integer(field.begin(), field.end(), value)) return;
  const std::string text(field.begin(), field.end());
  errno = 0;
  expect(value == std::strtoll(text.c_str(), nullptr, 10) && errno == 0, "an integer is exact");
}

void amount(const Copy& field, int places, bool comma) {
  AmountText rule;
  rule.places = places, rule.decimal_comma = comma;
  double raw = 0, value = 0;
  if (!rule.parse(field.begin(), field.end(), raw, value)) return;
  std::string text(field.begin(), field.end());
  const std::size_t last = text.find_last_not_of(" \t");
  if (!std::isfinite(raw) || text.find_first_of("eE") != text.npos) return;
  for (char& c : text) c = c == ',' ? '.' : c;
  text = text.substr(0, last + 1) + "e-" + std::to_string(places);
  expect(same(value, std::strtod(text.c_str(), nullptr)), "a scale moves the point");
}

void time(TimeText& rule, const Copy& field) {
  std::int64_t ns = 0;
  Hint hint = Hint::kNone;
  if (rule.parse(field.begin(), field.end(), ns, hint)) expect(ns >= 0, "a time is after 1970");
}

/// The rule remembers words; a new one must say the same.
void word(WordRule& rule, const WordRule& fresh, const Copy& field) {
  WordRule other = fresh;
  std::int8_t meaning = 0, again = 0;
  const bool known = rule.parse(field.begin(), field.end(), meaning);
  expect(other.parse(field.begin(), field.end(), again) == known && (!known || again == meaning),
         "a word means what it meant");
}

void read(Input& in) {
  const std::string_view head = in.line();
  const char kind = at(head, 0, 'd');
  const std::string_view more = head.substr(std::min<std::size_t>(1, head.size()));
  const WordRule words({{"buy", 1}, {"sell", -1}, {"0", 0}, {"1", 1}}, at(more, 0, 'a') == 'x',
                       at(more, 1, 'a') == 'x' ? std::int8_t{0} : WordRule::kNoOther);
  WordRule rule = words;
  const LocalZone zone(
      {{-8'000'000'000, -18'000}, {1'710'054'000, -14'400}, {1'730'613'600, -18'000}});
  TimeText clock(kind == 't' ? TimeUnit::kPattern : TimeUnit::kAutomatic, false, {}, zone,
                 kind == 't' ? TimePattern(more) : TimePattern());
  for (int fields = 0; fields < 64 && !in.rest().empty(); ++fields) {
    const Copy field(in.line());
    switch (kind) {
      case 'i': integer(field); break;
      case 'a':
        amount(field, static_cast<unsigned char>(at(more, 0, '0')) % 23, at(more, 1, '.') == ',');
        break;
      case 't':
      case 'z': time(clock, field); break;
      case 'w': word(rule, words, field); break;
      default: decimal(field); break;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input in(data, size);
  try {
    read(in);
  } catch (const std::invalid_argument&) {
  }
  return 0;
}
