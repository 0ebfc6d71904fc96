// Recorded websocket lines. Line 1: time unit of the events, that of the receive clock, piece and
// batch sizes; the rest is the text, whose lines are also scanned one by one.
#include "read_all.hpp"
#include "tickeng/base/error.hpp"
#include "tickeng/io/json_scan.hpp"
#include "tickeng/io/raw_json_trades.hpp"

namespace {

using namespace tickeng::io;

TimeText clock(char unit) {
  return {static_cast<TimeUnit>(static_cast<unsigned char>(unit) % 6), false};
}

/// Keys and values lie inside of the text, objects inside of objects too.
void scan(const Copy& text, int depth = 0) {
  JsonScan object(std::string_view(text.begin(), text.size()));
  std::string_view key, value;
  if (depth == 8 || !object.enter()) return;
  while (object.next(key, value)) {
    for (const std::string_view part : {key, value}) {
      expect(part.data() >= text.begin() && part.data() + part.size() <= text.end(),
             "what is found lies in the text");
    }
    scan(Copy(value), depth + 1);
  }
  if (object.closed()) (void)object.at_end();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input in(data, size);
  const std::string_view options = in.line();
  const auto piece = static_cast<unsigned char>(at(options, 2, 'a'));
  const auto batch = static_cast<unsigned char>(at(options, 3, 'a'));
  const auto make = [&] {
    return std::make_unique<RawJsonTrades>(clock(at(options, 0, '0')), clock(at(options, 1, '0')));
  };
  for (Input lines(data, size); !lines.rest().empty();) scan(Copy(lines.line()));
  try {
    read_both_ways(make, in.rest(), piece % 61 + 1U, batch % 7 + 1U);
  } catch (const tickeng::DataError&) {
  }
  return 0;
}
