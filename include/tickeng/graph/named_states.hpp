// Kernel states as entries (node, kernel, version, parameters, bytes): loading goes by the node's
// name, never by position, and refuses what was computed otherwise.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
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

class NamedStates {
 public:
  /// `format` of the state around it: before 3 an entry had a name, which was the kernel's, and no
  /// parameters, and all outputs stood in `row`, kernel by kernel. `rows`: that their windows can
  /// have seen.
  NamedStates(ByteReader& in, std::uint32_t format, std::vector<double> row = {},
              std::uint64_t rows = UINT64_MAX);
  struct Found {
    ByteReader bytes;
    std::uint32_t version;
    std::span<const double> outputs;  ///< the last ones
  };
  /// Throws StateError where the node is missing, of another kernel, of other parameters or of a
  /// state version that this build does not read.
  [[nodiscard]] Found find(const StateKey& key) const;
  [[nodiscard]] std::uint64_t rows() const noexcept { return rows_; }
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
  std::vector<Entry> entries_;
  std::uint64_t rows_;
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
  auto [in, version, outputs] = states.find(key);
  StateLoader loader(in, version == key.spec->state_version, states.rows());
  kernel.state(loader);
  more(loader);
  loader.require(in.done(), "length of a kernel's state");
  loader.require(outputs.size() == key.spec->outputs.size(), "number of a kernel's outputs");
  std::copy(outputs.begin(), outputs.end(), row + key.first);
}

}  // namespace tickeng
