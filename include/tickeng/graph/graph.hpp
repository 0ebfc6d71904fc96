// One symbol's kernels, in order, behind one virtual call a tick (or a block of ticks).
//
// A row holds every output of the graph; a kernel reads earlier slots of the row and fills its
// own. Two forms exist and must agree bit for bit: Fused (kernels known at compile time) and erased
// (any selection). Rows leave with one canonical NaN.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tickeng/kernel/kernel.hpp"

namespace tickeng {

/// Where one output goes in a batch: exactly one pointer is set.
struct OutputColumn {
  double* real = nullptr;
  std::uint8_t* flag = nullptr;

  void put(std::size_t row, double value) const noexcept {
    if (real != nullptr) {
      real[row] = value;
    } else {
      flag[row] = static_cast<std::uint8_t>(value);
    }
  }
};

struct KernelHealth {
  std::string_view kernel;
  Health health;
};

class Graph {
 public:
  virtual ~Graph() = default;
  /// One tick, at the time it was admitted with: fills `row`, one double per output. The step is
  /// made in there, so that it stays in registers.
  virtual void on(BaseSeries& base, const Trade& trade, TimeNs ts_ns, const LeaderPrice& leader,
                  std::uint32_t flags, double* row) noexcept = 0;
  /// A block of ticks into columns from row `first` on; leaves the last row in `row`.
  virtual void run(const TradeBlock& block, const OutputColumn* columns, std::size_t first,
                   double* row) noexcept = 0;
  virtual void reset() noexcept = 0;

  // To run a stretch apart from the one before it: a clone of a warm graph skips to `memory` ticks
  // before its stretch, is fed those, forgets its health, runs the stretch, and follows the graph
  // of the stretch before. Then it is what one graph over all ticks would be.
  /// Moves on by ticks that it does not see; outputs mean nothing until `memory` ticks have come.
  virtual void skip(std::uint64_t ticks) noexcept = 0;
  virtual void forget_health() noexcept = 0;
  /// Takes over counts and beginnings from a graph of the same pipeline.
  virtual void follow(const Graph& before) noexcept = 0;

  virtual void save(ByteWriter& out) = 0;
  /// Throws StateError when a kernel is missing or of another state version.
  virtual void load(ByteReader& in) = 0;
  [[nodiscard]] virtual std::unique_ptr<Graph> clone() const = 0;
  [[nodiscard]] virtual std::vector<KernelHealth> health() const = 0;
};

[[nodiscard]] inline double canonical(double x) noexcept { return x == x ? x : kNaN; }

/// Kernel states as (name, version, bytes), so that loading goes by name and never by position.
class NamedStates {
 public:
  explicit NamedStates(ByteReader& in);
  struct Found {
    ByteReader bytes;
    std::uint32_t version;
  };
  [[nodiscard]] Found find(const KernelSpec& spec) const;

 private:
  struct Entry {
    std::string_view name;
    std::uint32_t version;
    std::string_view bytes;
  };
  std::vector<Entry> entries_;
};

/// A kernel's state, then what `more` adds: that of its score lanes.
template <class K, class More>
void save_kernel(K& kernel, ByteWriter& out, More more) {
  ByteWriter own;
  StateSaver saver(own);
  kernel.state(saver);
  more(saver);
  out.text(K::spec.name);
  out.number<std::uint32_t>(K::spec.state_version);
  out.text(own.bytes());
}

template <class K, class More>
void load_kernel(K& kernel, const NamedStates& states, More more) {
  auto [in, version] = states.find(K::spec);
  StateLoader loader(in, version == K::spec.state_version);
  kernel.state(loader);
  more(loader);
  loader.require(in.done(), "length of a kernel's state");
}

}  // namespace tickeng
