// The as-of register of one leader, and the leader ticks that wait for their time. Spec: A-17.
//
// Queued ticks (replay) become visible to the first trade whose time is later than theirs plus the
// latency: at an exact tie the leader has not arrived. Live ticks are visible at once (call order).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tickeng/engine/clock.hpp"
#include "tickeng/engine/counters.hpp"
#include "tickeng/event/events.hpp"
#include "tickeng/kernel/state.hpp"
#include "tickeng/kernel/trade_block.hpp"

namespace tickeng {

class LeaderFeed {
 public:
  /// A tick in call order.
  Status on(TimeNs ts_ns, double price, TimeRule& rule) noexcept {
    const Status status = admit(ts_ns, price, rule);
    if (status == Status::kOk) apply(ts_ns, price);
    return status;
  }
  /// A tick for later; counted as held until a trade has passed it.
  Status queue(TimeNs ts_ns, double price, TimeRule& rule) {
    const Status status = admit(ts_ns, price, rule);
    if (status != Status::kOk) return status;
    --counters_.processed;
    ++counters_.held;
    waiting_ts_.push_back(ts_ns);
    waiting_price_.push_back(price);
    return status;
  }
  /// The same for many ticks.
  void queue(std::span<const TimeNs> ts_ns, std::span<const double> price, TimeRule& rule) {
    if (!sound(ts_ns, price, rule)) {
      for (std::size_t i = 0; i < ts_ns.size(); ++i) (void)queue(ts_ns[i], price[i], rule);
      return;
    }
    counters_.in += ts_ns.size();
    counters_.held += ts_ns.size();
    clock_.accept(ts_ns.back());
    waiting_ts_.insert(waiting_ts_.end(), ts_ns.begin(), ts_ns.end());
    waiting_price_.insert(waiting_price_.end(), price.begin(), price.end());
  }
  /// The next tick is from another source and may come any time later.
  void expect_gap() noexcept { clock_.expect_gap(accepted()); }
  /// What another feed saw last, without a count: for a follower of that feed.
  void see(const LeaderPrice& seen) noexcept { price_ = seen; }
  /// Makes visible all waiting ticks with ts + latency < now.
  void advance(TimeNs now_ns, TimeNs latency_ns) noexcept {
    if (next_ == waiting_ts_.size() || waiting_ts_[next_] + latency_ns >= now_ns) return;
    std::size_t next = next_;
    for (; next < waiting_ts_.size() && waiting_ts_[next] + latency_ns < now_ns; ++next) {
      apply(waiting_ts_[next], waiting_price_[next]);
    }
    pass(next);
  }
  /// The same ahead of any trade, but for the newest `most` of them; how many.
  std::size_t release(std::size_t most, TimeNs now_ns, TimeNs latency_ns) noexcept {
    std::size_t next = next_;
    for (; next + most < waiting_ts_.size() && waiting_ts_[next] + latency_ns < now_ns; ++next) {
      apply(waiting_ts_[next], waiting_price_[next]);
    }
    const std::size_t count = next - next_;
    pass(next);
    return count;
  }
  /// How far a run of trades has come along the waiting ticks, and what it saw last.
  struct View {
    std::size_t next = 0;
    LeaderPrice seen;
  };
  [[nodiscard]] View view() const noexcept { return {next_, price_}; }
  /// That of a trade at now_ns which is not older than those before it.
  [[nodiscard]] View view(TimeNs now_ns, TimeNs latency_ns) const noexcept {
    const auto from = waiting_ts_.begin() + static_cast<std::ptrdiff_t>(next_);
    const auto end = std::partition_point(
        from, waiting_ts_.end(), [=](TimeNs ts_ns) { return ts_ns + latency_ns < now_ns; });
    const auto next = static_cast<std::size_t>(end - waiting_ts_.begin());
    if (next == next_) return view();
    const double before = next > next_ + 1 ? waiting_price_[next - 2] : price_.price;
    return {next, {waiting_ts_[next - 1], waiting_price_[next - 1], before}};
  }
  /// The leader as of each of n trades; moves `at` on.
  void align(const TimeNs* ts_ns, std::size_t n, TradeBlock::Leader& to, TimeNs latency_ns,
             View& at) const noexcept {
    const std::size_t end = waiting_ts_.size();
    std::size_t next = at.next;
    LeaderPrice seen = at.seen;
    for (std::size_t i = 0; i < n; ++i) {
      for (; next < end && waiting_ts_[next] + latency_ns < ts_ns[i]; ++next) {
        seen = {waiting_ts_[next], waiting_price_[next], seen.price};
      }
      to.put(i, seen);
    }
    at = {next, seen};
  }
  void move_to(const View& at) noexcept {
    price_ = at.seen;
    pass(at.next);
  }
  [[nodiscard]] const LeaderPrice& price() const noexcept { return price_; }
  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_ts_.size() - next_; }

  void save(ByteWriter& out) {
    compact();
    StateSaver v(out);
    visit(v);
    v.part(counters_);
    clock_.state(v, accepted());
    out.array(std::span<const TimeNs>(waiting_ts_));
    out.array(std::span<const double>(waiting_price_));
  }
  /// `format`: of the state that it is a part of, see state_parts.hpp.
  void load(ByteReader& in, std::uint32_t format) {
    StateLoader v(in);
    visit(v);
    if (format == 1) clock_.restore(in.number<TimeNs>());
    v.part(counters_);
    if (format > 1) clock_.state(v, accepted());
    waiting_ts_ = in.array<TimeNs>();
    waiting_price_ = in.array<double>();
    next_ = 0;
    v.require(waiting_ts_.size() == waiting_price_.size(), "leader queue");
  }

 private:
  static constexpr std::size_t kCompactAt = 1 << 16;

  template <class Visitor>
  void visit(Visitor& v) {
    v.number("ts_ns", price_.ts_ns);
    v.number("price", price_.price);
    v.number("previous", price_.previous);
  }
  [[nodiscard]] std::uint64_t accepted() const noexcept {
    return counters_.processed + counters_.held;
  }
  Status admit(TimeNs ts_ns, double price, TimeRule& rule) noexcept {
    if (!is_price(price)) {
      counters_.reject(RejectReason::kPrice);
      return Status::kRejected;
    }
    if (!rule.covers(ts_ns)) {
      counters_.reject(RejectReason::kTimestamp);
      return Status::kRejected;
    }
    const StreamClock::Order order = clock_.judge(ts_ns, accepted(), rule);
    if (order == StreamClock::Order::kJump) {
      counters_.reject(RejectReason::kJump);
      return Status::kRejected;
    }
    ++counters_.in;
    if (order == StreamClock::Order::kLate) {
      ++counters_.late;
      return Status::kLate;
    }
    clock_.accept(ts_ns);
    ++counters_.processed;
    return Status::kOk;
  }
  /// False for NaN, too. Without a branch: a loop of these is one vector loop.
  [[nodiscard]] static bool is_price(double x) noexcept { return (x > 0.0) & (x <= 1e300); }
  /// Whether admit() would take all of them.
  [[nodiscard]] bool sound(std::span<const TimeNs> ts_ns, std::span<const double> price,
                           const TimeRule& rule) const noexcept {
    if (ts_ns.empty() || !rule.in_order(ts_ns.data(), ts_ns.size(), clock_.last_ns())) return false;
    std::size_t bad = 0;
    for (const double p : price) bad += is_price(p) ? 0 : 1;
    return bad == 0;
  }
  void apply(TimeNs ts_ns, double price) noexcept { price_ = {ts_ns, price, price_.price}; }
  /// All waiting ticks before `next` have become visible.
  void pass(std::size_t next) noexcept {
    counters_.held -= next - next_;
    counters_.processed += next - next_;
    next_ = next;
    if (next_ > 0 && next_ == waiting_ts_.size()) {
      waiting_ts_.clear();
      waiting_price_.clear();
      next_ = 0;
    } else if (next_ > kCompactAt && next_ > waiting()) {
      compact();
    }
  }
  void compact() noexcept {
    const auto gone = static_cast<std::ptrdiff_t>(next_);
    waiting_ts_.erase(waiting_ts_.begin(), waiting_ts_.begin() + gone);
    waiting_price_.erase(waiting_price_.begin(), waiting_price_.begin() + gone);
    next_ = 0;
  }

  LeaderPrice price_;
  StreamClock clock_;
  std::vector<TimeNs> waiting_ts_;
  std::vector<double> waiting_price_;
  std::size_t next_ = 0;
  Counters counters_;
};

}  // namespace tickeng
