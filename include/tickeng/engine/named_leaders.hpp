// The registers of the leaders that a pipeline names, one each for all symbols. Spec: A-17.
#pragma once

#include <cstddef>
#include <vector>

#include "tickeng/engine/leader_feed.hpp"
#include "tickeng/graph/leaders.hpp"

namespace tickeng {

class NamedLeaders final : public Leaders {
 public:
  /// How far a run of trades has come along each.
  using Views = std::vector<LeaderFeed::View>;

  NamedLeaders(std::size_t count, TimeNs latency_ns)
      : feeds_(count), seen_(count), latency_ns_(latency_ns) {}

  [[nodiscard]] const LeaderPrice* as_of(TimeNs now_ns) noexcept override {
    for (std::size_t l = 0; l < feeds_.size(); ++l) {
      feeds_[l].advance(now_ns, latency_ns_);
      seen_[l] = feeds_[l].price();
    }
    return seen_.data();
  }
  [[nodiscard]] Views views() const {
    Views all;
    for (const LeaderFeed& feed : feeds_) all.push_back(feed.view());
    return all;
  }
  /// Those of a trade at now_ns which is not older than those before it.
  [[nodiscard]] Views views(TimeNs now_ns) const {
    Views all;
    for (const LeaderFeed& feed : feeds_) all.push_back(feed.view(now_ns, latency_ns_));
    return all;
  }
  /// Each as of every trade of a block, which has columns for them; moves `at` on.
  void align(TradeBlock& block, Views& at) const noexcept {
    for (std::size_t l = 0; l < at.size(); ++l) {
      feeds_[l].align(block.ts_ns, block.size, block.named[l], latency_ns_, at[l]);
    }
  }
  void move_to(const Views& at) noexcept {
    for (std::size_t l = 0; l < at.size(); ++l) feeds_[l].move_to(at[l]);
  }
  [[nodiscard]] std::vector<LeaderFeed>& feeds() noexcept { return feeds_; }
  [[nodiscard]] const std::vector<LeaderFeed>& feeds() const noexcept { return feeds_; }

 private:
  std::vector<LeaderFeed> feeds_;  // in the order of Pipeline::leaders()
  std::vector<LeaderPrice> seen_;
  TimeNs latency_ns_;
};

}  // namespace tickeng
