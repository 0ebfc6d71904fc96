// Kernel states as entries (node, kernel, version, parameters, bytes): loading goes by the node's
// name, never by position, and refuses what was computed otherwise.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tickeng/base/bytes.hpp"
#include "tickeng/kernel/kernel.hpp"

namespace tickeng {

/// What a saved state must agree with, and where its last outputs are.
struct StateKey {
  std::string_view node;
  const KernelSpec* spec;
  std::uint64_t params;  ///< Params::hash()
  std::size_t first;     ///< slot of the first output
};

/// Nodes that may begin without a past where a state has none of them, and how many trades came.
struct ColdStart {
  std::span<const std::string> nodes = {};
  std::uint64_t trades = 0;
};

class NamedStates {
 public:
  /// `format` of the state around it: before 3 an entry had a name, which was the kernel's, and no
  /// parameters, and all outputs stood in `row`, kernel by kernel. `rows`: that their windows can
  /// have seen.
  NamedStates(ByteReader& in, std::uint32_t format, std::vector<double> row = {},
              std::uint64_t rows = UINT64_MAX, const ColdStart& cold = {});
  struct Found {
    ByteReader bytes;
    std::uint32_t version;
    std::span<const double> outputs;  ///< the last ones
  };
  /// Throws StateError where the node is missing, of another kernel, of other parameters or of a
  /// state version that this build does not read.
  [[nodiscard]] Found find(const StateKey& key) const;
  [[nodiscard]] std::uint64_t rows() const noexcept { return rows_; }
  /// Whether a node begins without a past.
  [[nodiscard]] bool begins(std::string_view node) const noexcept {
    return !has(node) && std::ranges::find(cold_.nodes, node) != cold_.nodes.end();
  }
  [[nodiscard]] std::uint64_t trades() const noexcept { return cold_.trades; }
  /// Throws StateError, with all names, where nodes are missing that may not begin without a past,
  /// or where some may and the state has a node that is not among `all`.
  void check(std::span<const std::string_view> needed, std::span<const std::string_view> all) const;
  /// Empty where it has no such node, or one that was computed otherwise.
  [[nodiscard]] std::span<const double> last_outputs(const StateKey& key) const;

 private:
  struct Entry {
    std::string_view node, kernel;
    std::uint32_t version = 0;
    std::uint64_t params = 0;
    bool keyed = false;
    std::vector<double> outputs;
    std::string_view bytes;
  };
  [[nodiscard]] bool has(std::string_view node) const noexcept {
    return std::ranges::find(entries_, node, &Entry::node) != entries_.end();
  }

  std::vector<Entry> entries_;
  std::uint64_t rows_;
  ColdStart cold_;
};

/// A kernel's state, then what `more` adds: that of its score lanes.
template <class K, class More>
void save_kernel(K& kernel, const StateKey& key, const double* row, ByteWriter& out, More more) {
  ByteWriter own;
  StateSaver saver(own);
  kernel.state(saver);
  more(saver);
  out.text(key.node);
  out.text(key.spec->name);
  out.number<std::uint32_t>(key.spec->state_version);
  out.number<std::uint64_t>(key.params);
  out.array(std::span<const double>(row + key.first, key.spec->outputs.size()));
  out.text(own.bytes());
}

template <class K, class More>
void load_kernel(K& kernel, const StateKey& key, double* row, const NamedStates& states,
                 More more) {
  if (states.begins(key.node)) {
    // Those that are not told of every trade count by themselves.
    const std::uint64_t index = TicksOn<K, TradeStep> && !kSkips<K> ? states.trades() : 0;
    StateStarter(index).part(kernel);
    LaneStarter lanes(index);
    return more(lanes);
  }
  auto [in, version, outputs] = states.find(key);
  StateLoader loader(in, version == key.spec->state_version, states.rows());
  kernel.state(loader);
  more(loader);
  loader.require(in.done(), "length of a kernel's state");
  loader.require(outputs.size() == key.spec->outputs.size(), "number of a kernel's outputs");
  std::copy(outputs.begin(), outputs.end(), row + key.first);
}

}  // namespace tickeng
