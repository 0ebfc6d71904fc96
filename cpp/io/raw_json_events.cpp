// Websocket lines to events; the rules are in the header.
#include "tickeng/io/raw_json_events.hpp"

#include <algorithm>

#include "tickeng/io/amount_text.hpp"
#include "tickeng/io/decimal.hpp"
#include "tickeng/io/json_scan.hpp"
#include "tickeng/io/market_side.hpp"

namespace tickeng::io {

/// Members by their keys, as the bytes that they occupy.
struct RawJsonEvents::Event {
  std::string_view e, E, T, s, p, q, m, t, a, A, b, B, u, U, M, X;
  std::string_view pu, stream, symbol, bids, asks, last_update;
};

struct RawJsonEvents::Line {
  std::string_view text, clock, json;
};

namespace {

using Kind = RawJsonEvents::Kind;

/// The part of `symbol@name@speed` that says what it is.
std::string_view name_in(std::string_view stream) {
  const std::size_t at = stream.find('@');
  if (at == stream.npos) return {};
  stream.remove_prefix(at + 1);
  return stream.substr(0, stream.find('@'));
}

Kind kind_of_stream(std::string_view stream) {
  const std::string_view name = name_in(stream);
  if (name == "trade" || name == "aggTrade") return Kind::kTrade;
  if (name == "bookTicker") return Kind::kQuote;
  if (name == "depth" || name == "depthSnapshot") return Kind::kDepth;
  return name.starts_with("depth") ? Kind::kOther : Kind::kUnknown;
}

/// The same from the beginning of an object, where its stream stands first.
Kind kind_ahead(std::string_view json) {
  constexpr std::string_view kBefore = "{\"stream\":\"";
  if (!json.starts_with(kBefore)) return Kind::kUnknown;
  json.remove_prefix(kBefore.size());
  return kind_of_stream(json.substr(0, json.find('"')));
}

/// The flag "buyer is maker": where it is true a seller took.
bool maker_side(std::string_view flag, std::int8_t& side) {
  side = flag == "true" ? std::int8_t{-1} : std::int8_t{1};
  return side < 0 || flag == "false";
}

bool integer(std::string_view text, std::int64_t& out) {
  return parse_integer(text.data(), text.data() + text.size(), out);
}

bool parse_time(TimeText& clock, std::string_view text, std::int64_t& ns, Hint& hint) {
  return clock.parse(text.data(), text.data() + text.size(), ns, hint);
}

/// Price and quantity of one side of a quote.
bool quote_side(std::string_view price_text, std::string_view qty_text, double step, double* price,
                double* qty, RejectReason& why) {
  why = RejectReason::kPrice;
  if (!parse_amount(price_text, *price)) return false;
  why = RejectReason::kQty;
  if (!parse_amount(qty_text, *qty)) return false;
  const SideFault fault = to_one_form(price, qty, 1, step);
  if (fault == SideFault::kPrice) why = RejectReason::kPrice;
  return fault == SideFault::kNone;
}

/// Where a member of one letter belongs, of others null.
template <class Event>
std::string_view* letter(Event& event, char key) {
  switch (key) {
    case 'e': return &event.e;
    case 'E': return &event.E;
    case 'T': return &event.T;
    case 's': return &event.s;
    case 'p': return &event.p;
    case 'q': return &event.q;
    case 'm': return &event.m;
    case 't': return &event.t;
    case 'a': return &event.a;
    case 'A': return &event.A;
    case 'b': return &event.b;
    case 'B': return &event.B;
    case 'u': return &event.u;
    case 'U': return &event.U;
    case 'M': return &event.M;
    case 'X': return &event.X;
    default: return nullptr;
  }
}

template <class Event>
std::string_view* word(Event& event, std::string_view key) {
  if (key == "pu") return &event.pu;
  if (key == "stream") return &event.stream;
  if (key == "bids") return &event.bids;
  if (key == "asks") return &event.asks;
  if (key == "symbol") return &event.symbol;
  return key == "lastUpdateId" ? &event.last_update : nullptr;
}

/// The members of the object at the cursor; false at damage. A combined stream's event is its
/// member "data".
template <class Event>
bool read_members(JsonScan& scan, Event& event, bool inside) {
  std::string_view key, value;
  if (!scan.enter()) return false;
  while (scan.next_key(key)) {
    if (!inside && key == "data" && scan.at_object()) {
      JsonScan data = scan;
      if (!read_members(data, event, true)) return false;
      scan.go_on_behind(data);
      continue;
    }
    if (!scan.value(value)) return false;
    std::string_view* const member = key.size() == 1 ? letter(event, key[0]) : word(event, key);
    if (member) *member = value;
  }
  return scan.closed();
}

}  // namespace

bool RawJsonEvents::read(std::string_view text, Event& event) {
  JsonScan scan(text);
  return read_members(scan, event, false) && scan.at_end();
}

Kind RawJsonEvents::kind_of(const Event& event) noexcept {
  if (event.e == "trade" || event.e == "aggTrade") return Kind::kTrade;
  const Kind stream = event.stream.empty() ? Kind::kDepth : kind_of_stream(event.stream);
  if (event.e == "bookTicker" || stream == Kind::kQuote) return Kind::kQuote;
  const bool snapshot =
      event.e.empty() && !event.last_update.empty() && !event.bids.empty() && !event.asks.empty();
  return stream == Kind::kDepth && (snapshot || event.e == "depthUpdate") ? Kind::kDepth
                                                                          : Kind::kOther;
}

bool RawJsonEvents::wants(Kind kind) const noexcept {
  return (kind == Kind::kTrade && wanted_.trades) || (kind == Kind::kQuote && wanted_.quotes) ||
         (kind == Kind::kDepth && wanted_.depth) || kind == Kind::kUnknown;
}

void RawJsonEvents::on_line(const char* begin, const char* end) {
  ++lines_;
  refuse_as(static_cast<std::uint8_t>(Kind::kUnknown));
  const std::string_view text{begin, static_cast<std::size_t>(end - begin)};
  const std::size_t blank = wanted_.clocked ? text.find(' ') : 0;
  const bool framed = blank != text.npos && text.ends_with('}') &&
                      (wanted_.clocked ? is_digit(*begin) : *begin == '{');
  if (!framed && at_open_end()) return reject_cut(RejectReason::kLine, text);
  if (!framed) return reject(RejectReason::kLine, Hint::kNone, text);
  const Line line{text, text.substr(0, blank), text.substr(wanted_.clocked ? blank + 1 : 0)};
  // `rade"` ends the streams' names and the events'; where trades alone are wanted other streams
  // need not be read.
  const bool wanted =
      lines_are_rows_ ? wants(kind_ahead(line.json)) : text.find("rade\"") != text.npos;
  if (!wanted) return leave_out();
  Event event;
  if (!read(line.json, event)) return reject(RejectReason::kFields, Hint::kNone, text);
  const Kind kind = kind_of(event);
  if (!wants(kind)) return leave_out();
  ++met_[static_cast<std::size_t>(kind)];
  refuse_as(static_cast<std::uint8_t>(kind));
  if (kind == Kind::kTrade) return on_trade(line, event);
  if (kind == Kind::kQuote) return on_quote(line, event);
  on_depth(line, event);
}

void RawJsonEvents::on_trade(const Line& line, const Event& event) {
  const bool aggregate = event.e == "aggTrade";
  if (!event.X.empty() && event.X != "MARKET") return filter();
  (aggregate ? aggregates_ : trades_) = true;
  const std::string_view id = aggregate ? event.a : event.t;
  const auto refuse = [&](RejectReason reason) { reject(reason, Hint::kNone, line.text, event.s); };
  if (event.s.empty()) return refuse(RejectReason::kFields);
  EventRow trade;
  if (!read_times(line, event, event.T, event.s, trade)) return;
  if (!parse_amount(event.p, trade.price) || !(trade.price > 0)) {
    return refuse(RejectReason::kPrice);
  }
  if (!parse_amount(event.q, trade.qty) || !(trade.qty >= 0)) return refuse(RejectReason::kQty);
  if (!maker_side(event.m, trade.side)) return refuse(RejectReason::kSide);
  if (!integer(id, trade.id)) return refuse(RejectReason::kId);
  if (!symbols_.intern(event.s, trade.symbol)) return refuse(RejectReason::kFields);
  const Product trades = event.X.empty() ? Product::kUnknown : Product::kFutures;
  if (!is_of(event.M.empty() ? trades : Product::kSpot, trade.symbol)) return;
  accept(trade);
}

void RawJsonEvents::on_quote(const Line& line, const Event& event) {
  const auto refuse = [&](RejectReason reason) { reject(reason, Hint::kNone, line.text, event.s); };
  EventRow quote;
  double values[4] = {};
  RejectReason why = RejectReason::kPrice;
  const std::string_view time = event.T.empty() ? event.E : event.T;
  if (time.empty() && !wanted_.by_recv) return contradict(Conflict::kClock, "bookTicker");
  if (!read_times(line, event, time, event.s, quote)) return;
  if (!quote_side(event.b, event.B, -1, &values[0], &values[1], why) ||
      !quote_side(event.a, event.A, 1, &values[2], &values[3], why)) {
    return refuse(why);
  }
  if (!integer(event.u, quote.id)) return refuse(RejectReason::kId);
  if (!symbols_.intern(event.s, quote.symbol)) return refuse(RejectReason::kFields);
  if (count_row()) quotes_.push_market(quote, values, rows());
}

void RawJsonEvents::on_depth(const Line& line, const Event& event) {
  DepthRow message;
  message.snapshot = event.e.empty();
  const std::string_view time = event.T.empty() ? event.E : event.T;
  if (time.empty() && message.snapshot && !wanted_.by_recv) {
    return contradict(Conflict::kClock, "depth snapshot");
  }
  std::string_view symbol;
  if (!name_depth(line, event, message.at.symbol)) return;
  symbol = symbols_.names()[message.at.symbol];
  if (!read_times(line, event, time, symbol, message.at)) return;
  const auto refuse = [&](RejectReason reason) { reject(reason, Hint::kNone, line.text, symbol); };
  if (!read_numbers(event, message)) return refuse(RejectReason::kId);
  const Product changes = event.pu.empty() ? Product::kSpot : Product::kFutures;
  if (!is_of(message.snapshot ? Product::kUnknown : changes, message.at.symbol)) return;
  depth_ns_.resize(symbols_.names().size());
  std::int64_t& before_ns = depth_ns_[message.at.symbol];
  if (message.snapshot) message.at.ts_ns = std::max(message.at.ts_ns, before_ns);
  const std::size_t before = depth_.levels();
  RejectReason why = RejectReason::kFields;
  const bool sound =
      depth_.add_levels(message.snapshot ? event.bids : event.b, message.bids, why) &&
      depth_.add_levels(message.snapshot ? event.asks : event.a, message.asks, why);
  const bool doubted =
      sound && event.stream.empty() && !message.snapshot && may_be_best_levels(message, before);
  if (sound) before_ns = message.at.ts_ns;
  if (sound && !doubted && count_row()) {
    depth_.push(message, rows());
    if (depth_.levels() >= kMostLevels) end_batch();
    return;
  }
  depth_.keep_levels(before);
  if (doubted) return contradict(Conflict::kLevels, event.e);
  if (!sound) refuse(why);
}

/// Notes of which product a symbol is; false where it is of another, which is a contradiction.
bool RawJsonEvents::is_of(Product product, std::uint32_t symbol) {
  if (product == Product::kUnknown) return true;
  products_.resize(symbols_.names().size());
  Product& known = products_[symbol];
  if (known == Product::kUnknown) known = product;
  if (known == product) return true;
  contradict(Conflict::kProduct, symbols_.names()[symbol]);
  return false;
}

/// Both clocks; false where one of them cannot be read, which is dealt with then. An event without
/// `time`, which is the exchange's, has the local one.
bool RawJsonEvents::read_times(const Line& line, const Event& event, std::string_view time,
                               std::string_view symbol, EventRow& row) {
  Hint hint = Hint::kNone;
  if (!wanted_.clocked || parse_time(wanted_.recv, line.clock, row.recv_ns, hint)) {
    if (time.empty() && wanted_.by_recv && event.e != "trade" && event.e != "aggTrade") {
      row.ts_ns = row.recv_ns;
      return true;
    }
    if (parse_time(wanted_.ts, time, row.ts_ns, hint)) return true;
  }
  if (hint == Hint::kOtherUnit) {
    contradict(Conflict::kTime, time);
  } else {
    reject(RejectReason::kTimestamp, hint, line.text, symbol);
  }
  return false;
}

bool RawJsonEvents::read_numbers(const Event& event, DepthRow& message) noexcept {
  if (message.snapshot) return integer(event.last_update, message.last);
  return integer(event.U, message.first) && integer(event.u, message.last) &&
         message.first <= message.last && (event.pu.empty() || integer(event.pu, message.previous));
}

/// Whose message it is; false where nothing says it, which is dealt with then.
bool RawJsonEvents::name_depth(const Line& line, const Event& event, std::uint32_t& symbol) {
  const bool snapshot = event.e.empty();
  std::string name(snapshot ? event.symbol : event.s);
  if (snapshot && name.empty()) {
    name = event.stream.substr(0, event.stream.find('@'));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  }
  if (snapshot && name.empty()) {
    if (wanted_.symbol.empty()) return borrow_symbol(symbol);
    const bool one = depth_symbol_ != kNoSymbol && other_symbol_ == kNoSymbol;
    name = one ? symbols_.names()[depth_symbol_] : wanted_.symbol;  // all get that name later
  }
  if (!symbols_.intern(name, symbol)) {
    reject(RejectReason::kFields, Hint::kNone, line.text, name);
    return false;
  }
  if (snapshot) return true;
  if (depth_symbol_ == kNoSymbol) depth_symbol_ = symbol;
  if (symbol != depth_symbol_ && other_symbol_ == kNoSymbol) other_symbol_ = symbol;
  if (!borrowed_ || other_symbol_ == kNoSymbol) return true;
  return borrow_symbol(symbol);
}

/// The symbol of a snapshot that names none is that of all depth messages; false where they are of
/// several, or none came, which is a contradiction.
bool RawJsonEvents::borrow_symbol(std::uint32_t& symbol) {
  if (depth_symbol_ == kNoSymbol) {
    contradict(Conflict::kSnapshot, "");
    return false;
  }
  if (other_symbol_ != kNoSymbol) {
    const auto& names = symbols_.names();
    contradict(Conflict::kSnapshot, names[depth_symbol_] + ", " + names[other_symbol_]);
    return false;
  }
  symbol = depth_symbol_;
  return borrowed_ = true;
}

/// Whether messages that name no stream look like the best levels alone, which have no quantity 0
/// and 5, 10 or 20 levels a side. A message of changes may do so by chance, three do not.
bool RawJsonEvents::may_be_best_levels(const DepthRow& message, std::size_t first) {
  const std::uint32_t levels = message.bids;
  const bool like = like_best_ >= 0 && levels == message.asks &&
                    (levels == 5 || levels == 10 || levels == 20) &&
                    std::all_of(depth_.qty.begin() + static_cast<std::ptrdiff_t>(first),
                                depth_.qty.end(), [](double qty) { return qty > 0; });
  like_best_ = like ? like_best_ + 1 : -1;
  return like_best_ == 3;
}

}  // namespace tickeng::io
