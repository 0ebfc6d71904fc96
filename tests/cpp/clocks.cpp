// Kernels on several clocks and on none of their own, and ticks that are kept from a kernel because
// an input is undefined: node by node, event by event, in blocks, and after a reload.
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "tickeng/graph/erased.hpp"
#include "tickeng/graph/graph.hpp"

namespace {

using namespace tickeng;

int failures = 0;

void expect(bool holds, const char* what) {
  if (holds) return;
  std::printf("FAIL  %s\n", what);
  ++failures;
}

/// The index of its step and the sum of an input that it was given.
class Summed {
 public:
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "index"}, {.name = "sum"}};
  static constexpr std::string_view kInputNames[] = {"x"};
  static constexpr KernelSpec spec{.id = "T-1",
                                   .name = "summed",
                                   .aliases = {},
                                   .summary = {},
                                   .formula = {},
                                   .source = {},
                                   .params = {},
                                   .outputs = kOutputSpecs,
                                   .inputs = kInputNames};
  explicit Summed(const Params&) {}
  [[nodiscard]] Values<2> on(const TradeStep& t, const Values<1>& in) noexcept {
    sum_ += in[0];
    return {static_cast<double>(t.index), sum_};
  }
  [[nodiscard]] static std::uint64_t warmup(const Params&, std::size_t, WarmupInputs in) {
    return in[0];
  }
  void reset() noexcept { sum_ = 0.0; }
  template <class Visitor>
  void state(Visitor& v) {
    v.number("sum", sum_);
  }

 private:
  double sum_ = 0.0;
};

/// No step: it moves with its input.
class Counted {
 public:
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "count"}};
  static constexpr std::string_view kInputNames[] = {"x"};
  static constexpr KernelSpec spec{.id = "T-2",
                                   .name = "counted",
                                   .aliases = {},
                                   .summary = {},
                                   .formula = {},
                                   .source = {},
                                   .params = {},
                                   .outputs = kOutputSpecs,
                                   .inputs = kInputNames};
  explicit Counted(const Params&) {}
  [[nodiscard]] Values<1> on(const Values<1>&) noexcept { return {++count_}; }
  [[nodiscard]] static std::uint64_t warmup(const Params&, std::size_t, WarmupInputs in) {
    return in[0];
  }
  void reset() noexcept { count_ = 0.0; }
  template <class Visitor>
  void state(Visitor& v) {
    v.number("count", count_);
  }

 private:
  double count_ = 0.0;
};

/// Trades and quotes so far.
class Both {
 public:
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "trades"}, {.name = "quotes"}};
  static constexpr KernelSpec spec{.id = "T-3",
                                   .name = "both",
                                   .aliases = {},
                                   .summary = {},
                                   .formula = {},
                                   .source = {},
                                   .params = {},
                                   .outputs = kOutputSpecs};
  explicit Both(const Params&) {}
  [[nodiscard]] Values<2> on(const TradeStep&) noexcept { return {++trades_, quotes_}; }
  [[nodiscard]] Values<2> on(const QuoteStep&) noexcept { return {trades_, ++quotes_}; }
  [[nodiscard]] static std::uint64_t warmup(const Params&, std::size_t, WarmupInputs) { return 0; }
  void reset() noexcept { trades_ = quotes_ = 0.0; }
  template <class Visitor>
  void state(Visitor& v) {
    v.number("trades", trades_);
    v.number("quotes", quotes_);
  }

 private:
  double trades_ = 0.0, quotes_ = 0.0;
};

template <class K>
Wiring wiring(std::size_t first, std::vector<std::size_t> inputs) {
  return {{{K::spec.name, &K::spec, Params(K::spec).hash(), first}}, std::move(inputs), first};
}

const std::vector<double> kInput = {1.0, kNaN, 2.0, kNaN, kNaN, 4.0, 8.0};

/// Outputs row by row, the node saved and loaded into another before row `cut`.
template <class K>
std::vector<double> one_by_one(std::size_t cut) {
  const Wiring w = wiring<K>(1, {0});
  auto node = std::make_unique<Erased<K>>(Params(K::spec), w);
  std::vector<double> row(1 + kOutputs<K>), found;
  for (std::size_t i = 0; i < kInput.size(); ++i) {
    if (i == cut) {
      ByteWriter out;
      out.number<std::uint32_t>(1);
      node->save(row.data(), out);
      node = std::make_unique<Erased<K>>(Params(K::spec), w);
      ByteReader in(out.bytes());
      node->load(NamedStates(in, 4), row.data());
    }
    row[0] = kInput[i];
    TradeStep t;
    t.index = i;
    node->on(t, row.data());
    found.insert(found.end(), row.begin() + 1, row.end());
  }
  return found;
}

template <class K>
std::vector<double> in_a_block() {
  const Wiring w = wiring<K>(1, {0});
  Erased<K> node(Params(K::spec), w);
  std::vector<double> x = kInput;
  const std::vector<TimeNs> ts(x.size(), 1);
  const std::vector<double> ones(x.size(), 1.0);
  const std::vector<std::int8_t> sides(x.size(), 1);
  BaseSeries base;
  auto block = std::make_unique<TradeBlock>();
  block->gather(base, ts.data(), ones.data(), ones.data(), sides.data(), x.size());
  std::vector<std::vector<double>> out(kOutputs<K>, std::vector<double>(x.size()));
  std::vector<double*> columns = {x.data()};
  for (auto& column : out) columns.push_back(column.data());
  node.run(*block, columns.data());
  std::vector<double> found;
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (const auto& column : out) found.push_back(column[i]);
  }
  return found;
}

bool same(const std::vector<double>& a, const std::vector<double>& b) {
  bool equal = a.size() == b.size();
  for (std::size_t i = 0; equal && i < a.size(); ++i) {
    equal = a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]));
  }
  return equal;
}

void undefined_inputs_are_kept_from_a_kernel() {
  const std::vector<double> summed = {0, 1, kNaN, kNaN, 1, 3, kNaN, kNaN, kNaN, kNaN, 2, 7, 3, 15};
  const std::vector<double> counted = {1, kNaN, 2, kNaN, kNaN, 3, 4};
  for (std::size_t cut = 0; cut <= kInput.size(); ++cut) {
    expect(same(one_by_one<Summed>(cut), summed), "index and sum count what came");
    expect(same(one_by_one<Counted>(cut), counted), "what has no step moves with its input");
  }
  expect(same(in_a_block<Summed>(), summed), "a block gives what its rows give");
  expect(same(in_a_block<Counted>(), counted), "also without a step");
}

void a_union_moves_on_both_clocks() {
  const Wiring both = wiring<Both>(0, {}), summed = wiring<Summed>(2, {4});
  std::vector<std::unique_ptr<Node>> nodes;
  nodes.push_back(std::make_unique<Erased<Both>>(Params(Both::spec), both));
  nodes.push_back(std::make_unique<Erased<Summed>>(Params(Summed::spec), summed));
  ClockPlans plans;
  const Edge edge{.from = 1, .to = 4, .of = Clock::kQuote, .key = "both.quotes"};
  plans.clocks[0].moves = {{0, {}}, {1, {edge}}};
  plans.clocks[1].moves = {{0, {}}};
  Graph graph(std::move(nodes), plans);
  std::vector<double> row(5, kNaN);
  BaseSeries base;
  const auto trade = [&](TimeNs ts_ns) {
    graph.on(base, {ts_ns, 1.0, 1.0, 1}, ts_ns, {}, 0, row.data());
  };
  RowSeries quotes;
  const auto quote = [&](TimeNs ts_ns, TimeNs until_ns) {
    QuoteStep step{.bid = 1, .bid_qty = 1, .ask = 2, .ask_qty = 1};
    quotes.number(step, ts_ns);
    graph.on(step, until_ns, row.data());
  };
  quote(10, 20);
  trade(11);
  expect(row[0] == 1 && row[1] == 1 && row[2] == 0 && row[3] == 1, "a trade behind a quote");
  quote(12, 14);
  expect(row[1] == 2 && row[3] == 1, "a quote moves no node of trades");
  trade(15);
  expect(row[0] == 2 && std::isnan(row[4]) && std::isnan(row[3]), "a quote that is over is NaN");
  graph.expire(Clock::kQuote, 16);
  trade(16);
  expect(row[4] == 2 && row[2] == 1 && row[3] == 3, "up to its last moment it is the market");
}

}  // namespace

int main() {
  undefined_inputs_are_kept_from_a_kernel();
  a_union_moves_on_both_clocks();
  if (failures == 0) std::puts("ok");
  return failures == 0 ? 0 : 1;
}
