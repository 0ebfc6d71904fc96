// A builder of bars as a node: it moves on trades, and its outputs tick with its bars.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "tickeng/graph/merged_rows.hpp"
#include "tickeng/graph/node.hpp"

namespace tickeng {

class Builder : public Node {
 public:
  using Node::Node;
  /// The next bar that is complete as of now, its outputs in `row`.
  virtual Built next(TimeNs now, BarStep& bar, double* row) noexcept = 0;
  [[nodiscard]] virtual TimeNs due() const noexcept = 0;
  /// The same for a whole stretch.
  virtual void build(const MergedRows& rows, BarRows& bars) = 0;
};

template <class K>
  requires Builds<K>
class ErasedBuilder final : public Builder {
 public:
  static constexpr bool kByTime = BuildsByTime<K>;

  ErasedBuilder(const Params& p, const Wiring& wiring) : Builder(wiring), kernel_(p) {}

  using Node::on, Node::run;
  void on(const TradeStep& t, double*) noexcept override { kernel_.feed(t); }
  void run(const TradeBlock& block, double* const*) noexcept override {
    for (std::size_t i = 0; i < block.size; ++i) kernel_.feed(block[i]);
  }
  Built next(TimeNs now, BarStep& bar, double* row) noexcept override {
    const Built built = next(now, bar);
    if (built == Built::kNothing) return built;
    const auto values = bar_values(bar);
    std::copy_n(values.begin(), kOutputs<K>, row + wiring().first);
    return built;
  }
  [[nodiscard]] TimeNs due() const noexcept override {
    if constexpr (kByTime) {
      return kernel_.due();
    } else {
      return kNever;
    }
  }
  void build(const MergedRows& rows, BarRows& bars) override {
    std::size_t trade = 0;
    for (const TradeBlock& block : rows.trades()) {
      for (std::size_t i = 0; i < block.size; ++i, ++trade) {
        const std::uint32_t at = rows.event[index_of(Clock::kTrade)][trade];
        if constexpr (kByTime) pass(rows, at + 1, bars);
        kernel_.feed(block[i]);
        if constexpr (!kByTime) pull(at, block.ts_ns[i], bars);
      }
    }
    if constexpr (kByTime) pass(rows, rows.events, bars);
    passed_ = 0;
  }
  void reset() noexcept override {
    begin();
    restarts_ = 0;
  }
  void skip(std::uint64_t) noexcept override {}
  void forget_health() noexcept override {}
  void follow(const Node&) noexcept override {}
  void save(const double* row, ByteWriter& out) override {
    save_kernel(kernel_, wiring().keys[0], row, out, [this](auto& v) { this->visit_own(v); });
  }
  void load(const NamedStates& states, double* row) override {
    load_kernel(kernel_, wiring().keys[0], row, states, [this](auto& v) { this->visit_own(v); });
  }
  [[nodiscard]] std::unique_ptr<Node> clone() const override {
    return std::make_unique<ErasedBuilder>(*this);
  }
  void health(std::vector<NodeHealth>& all) const override {
    if (restarts_ > 0) all.push_back({wiring().keys[0].node, {.restarts = restarts_}});
  }
  [[nodiscard]] Builder* builder() noexcept override { return this; }

 private:
  void begin() noexcept {
    kernel_.reset();
    index_ = 0;
    previous_ = kNaN;
  }
  Built next(TimeNs now, BarStep& bar) noexcept {
    const Built built = kernel_.next(now, bar);
    if (built == Built::kRestart) {
      begin();
      ++restarts_;
      const TimeNs ts_ns = bar.ts_ns;
      bar = {.ts_ns = ts_ns, .volume = kNaN, .signed_volume = kNaN, .trades = kNaN, .bricks = kNaN};
    }
    if (built == Built::kBar) {
      bar.index = index_++;
      bar.previous = previous_;
      previous_ = bar.close;
    }
    return built;
  }
  void pull(std::uint32_t at, TimeNs now, BarRows& bars) {
    BarStep bar;
    while (true) {
      const TimeNs due_ns = due();
      const Built built = next(now, bar);
      if (built == Built::kNothing) return;
      bars.push(at, kByTime ? due_ns : now, bar, built == Built::kRestart);
    }
  }
  /// Completes what ends by the events below `end` that have not been looked at.
  void pass(const MergedRows& rows, std::size_t end, BarRows& bars) {
    for (; passed_ < end; ++passed_) {
      const TimeNs now = rows.ts_ns[passed_];
      while (due() <= now) pull(static_cast<std::uint32_t>(passed_), now, bars);
    }
  }
  template <class Visitor>
  void visit_own(Visitor& v) {
    v.number("index", index_);
    v.number("previous", previous_);
    if (v.whole()) v.number("restarts", restarts_);
  }

  K kernel_;
  std::uint64_t index_ = 0;
  double previous_ = kNaN;
  std::uint64_t restarts_ = 0;
  std::size_t passed_ = 0;  // events of a stretch, while it is built
};

}  // namespace tickeng
