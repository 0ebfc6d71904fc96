// Recorded websocket lines. Line 1: time unit of the events, that of the receive clock, piece and
// batch sizes, and what is wanted as bits (trades, quotes, depth, times of the receive clock, lines
// without one); the rest is the text, whose lines are also scanned one by one.
#include <bit>

#include "read_all.hpp"
#include "tickeng/base/error.hpp"
#include "tickeng/io/json_scan.hpp"
#include "tickeng/io/raw_json_events.hpp"

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

/// Quotes and messages of depth beside the trades.
class Recording final : public Reading {
 public:
  Recording(tickeng::io::LineReader& reader, std::size_t batch, std::size_t levels)
      : Reading(reader, batch, levels), recording_(static_cast<RawJsonEvents&>(reader)) {}

 private:
  void begin_others(std::size_t rows) override {
    for (auto* column : {&ts_, &row_, &recv_, &id_}) column->resize(rows);
    for (auto& column : market_) column.resize(rows);
    symbol_.resize(rows);
    recording_.begin_market(
        {.ts_ns = ts_.data(),
         .market = {market_[0].data(), market_[1].data(), market_[2].data(), market_[3].data()},
         .levels = 1,
         .row = row_.data(),
         .symbol = symbol_.data(),
         .recv_ns = recv_.data(),
         .id = id_.data()});
  }
  std::size_t take_others(Table& table) override {
    const auto bits = [](double x) { return std::bit_cast<std::int64_t>(x); };
    for (std::size_t i = 0; i < recording_.quotes(); ++i) {
      const double bid = market_[0][i], ask = market_[2][i];
      expect(std::isnan(bid) || (bid > 0 && std::isfinite(bid)), "a bid is a positive number");
      expect(std::isnan(ask) || (ask > 0 && std::isfinite(ask)), "an ask is a positive number");
      table.quotes.insert(table.quotes.end(), {row_[i], ts_[i], recv_[i], id_[i], symbol_[i]});
      for (const auto& column : market_) table.quotes.push_back(bits(column[i]));
    }
    const DepthColumns& depth = recording_.depth();
    std::size_t levels = 0;
    for (std::size_t i = 0; i < depth.size(); ++i) {
      levels += depth.bids[i] + depth.asks[i];
      table.depth.insert(table.depth.end(),
                         {depth.row[i], depth.ts_ns[i], depth.recv_ns[i], depth.symbol[i],
                          depth.first[i], depth.last[i], depth.previous[i], depth.snapshot[i]});
    }
    expect(levels == depth.price.size() && levels == depth.qty.size(), "all levels are there");
    for (std::size_t k = 0; k < levels; ++k) {
      expect(depth.price[k] > 0 && std::isfinite(depth.price[k]), "a price is a positive number");
      expect(depth.qty[k] >= 0 && std::isfinite(depth.qty[k]), "a quantity is not negative");
      table.depth_levels.emplace_back(depth.price[k], depth.qty[k]);
    }
    return recording_.quotes() + depth.size();
  }

  RawJsonEvents& recording_;
  std::vector<std::int64_t> ts_, row_, recv_, id_;
  std::array<std::vector<double>, 4> market_;
  std::vector<std::uint32_t> symbol_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input in(data, size);
  const std::string_view options = in.line();
  const auto piece = static_cast<unsigned char>(at(options, 2, 'a'));
  const auto batch = static_cast<unsigned char>(at(options, 3, 'a'));
  const auto kinds = static_cast<unsigned char>(at(options, 4, 'a'));  // a: trades alone
  const auto make = [&] {
    return std::make_unique<RawJsonEvents>(RawJsonOptions{.ts = clock(at(options, 0, '0')),
                                                          .recv = clock(at(options, 1, '0')),
                                                          .trades = (kinds & 1U) != 0,
                                                          .quotes = (kinds & 2U) != 0,
                                                          .depth = (kinds & 4U) != 0,
                                                          .clocked = (kinds & 16U) == 0,
                                                          .by_recv = (kinds & 8U) != 0});
  };
  for (Input lines(data, size); !lines.rest().empty();) scan(Copy(lines.line()));
  try {
    read_both_ways<Recording>(make, in.rest(), piece % 61 + 1U, batch % 7 + 1U);
  } catch (const tickeng::DataError&) {
  }
  return 0;
}
