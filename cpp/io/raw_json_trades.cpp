// Websocket lines to trades; the rules are in the header.
#include "tickeng/io/raw_json_trades.hpp"

#include <cmath>

#include "tickeng/io/amount_text.hpp"
#include "tickeng/io/decimal.hpp"
#include "tickeng/io/json_scan.hpp"

namespace tickeng::io {
namespace {

struct Event {
  std::string_view kind, time, price, qty, maker, trade_id, aggregate_id, symbol;
  std::string_view origin = "MARKET";
};

// False at damage. A combined stream's event is its member "data".
bool read_event(std::string_view text, Event& event, bool inside = false) {
  JsonScan scan(text);
  std::string_view key, value;
  if (!scan.enter()) return false;
  while (scan.next(key, value)) {
    if (key == "data" && !inside && value.starts_with('{')) {
      if (!read_event(value, event, true)) return false;
    }
    if (key.size() != 1) continue;
    switch (key[0]) {
      case 'e': event.kind = value; break;
      case 'T': event.time = value; break;
      case 'p': event.price = value; break;
      case 'q': event.qty = value; break;
      case 'm': event.maker = value; break;
      case 't': event.trade_id = value; break;
      case 'a': event.aggregate_id = value; break;
      case 'X': event.origin = value; break;
      case 's': event.symbol = value; break;
      default: break;
    }
  }
  return scan.closed() && scan.at_end();
}

// The flag "buyer is maker": where it is true a seller took.
bool maker_side(std::string_view flag, std::int8_t& side) {
  side = flag == "true" ? std::int8_t{-1} : std::int8_t{1};
  return side < 0 || flag == "false";
}

bool amount(std::string_view text, double& out) {
  return parse_decimal(text.data(), text.data() + text.size(), out) && std::isfinite(out) &&
         !stands_for_none(out, false);
}

}  // namespace

void RawJsonTrades::on_line(const char* begin, const char* end) {
  ++lines_;
  const std::string_view line{begin, static_cast<std::size_t>(end - begin)};
  const std::size_t blank = line.find(' ');
  const bool framed = blank != line.npos && is_digit(*begin) && line.ends_with('}');
  if (!framed && at_open_end()) return reject_cut(RejectReason::kLine, line);
  if (!framed) return reject(RejectReason::kLine, Hint::kNone, line);
  // `rade"` ends the streams' names and the events'; other streams need not be read.
  if (line.find("rade\"") == line.npos) return;
  Event event;
  if (!read_event(line.substr(blank + 1), event))
    return reject(RejectReason::kFields, Hint::kNone, line);
  const bool aggregate = event.kind == "aggTrade";
  if (!aggregate && event.kind != "trade") return;
  if (event.origin != "MARKET") return filter();
  (aggregate ? aggregates_ : trades_) = true;
  const std::string_view id = aggregate ? event.aggregate_id : event.trade_id;
  if (event.symbol.empty()) return reject(RejectReason::kFields, Hint::kNone, line);

  EventRow trade;
  Hint hint = Hint::kNone;
  const auto refuse = [&](RejectReason reason) { reject(reason, hint, line, event.symbol); };
  const auto end_of = [](std::string_view text) { return text.data() + text.size(); };
  if (!recv_.parse(begin, begin + blank, trade.recv_ns, hint) ||
      !ts_.parse(event.time.data(), end_of(event.time), trade.ts_ns, hint)) {
    if (hint == Hint::kOtherUnit) return contradict(Conflict::kTime, event.time);
    return refuse(RejectReason::kTimestamp);
  }
  if (!amount(event.price, trade.price) || !(trade.price > 0)) return refuse(RejectReason::kPrice);
  if (!amount(event.qty, trade.qty) || !(trade.qty >= 0)) return refuse(RejectReason::kQty);
  if (!maker_side(event.maker, trade.side)) return refuse(RejectReason::kSide);
  if (!parse_integer(id.data(), end_of(id), trade.id)) return refuse(RejectReason::kId);
  if (!symbols_.intern(event.symbol, trade.symbol)) return refuse(RejectReason::kFields);
  accept(trade);
}

}  // namespace tickeng::io
