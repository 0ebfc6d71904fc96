#include "tickeng/graph/named_states.hpp"

#include <string>

#include "tickeng/base/error.hpp"
#include "tickeng/graph/registry.hpp"

namespace tickeng {
namespace {

/// Outputs of a kernel; 0 of one that is not known.
std::size_t width_of(std::string_view kernel) {
  for (const KernelEntry& e : registry()) {
    if (e.spec->name == kernel) return e.spec->outputs.size();
  }
  return 0;
}

}  // namespace

NamedStates::NamedStates(ByteReader& in, std::uint32_t format, std::vector<double> row,
                         std::uint64_t rows, const ColdStart& cold)
    : rows_(rows), cold_(cold) {
  const auto count = in.number<std::uint32_t>();
  std::size_t at = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    Entry e;
    e.keyed = format > 2;
    e.node = in.text();
    e.kernel = e.keyed ? in.text() : e.node;
    e.version = in.number<std::uint32_t>();
    if (e.keyed) {
      e.params = in.number<std::uint64_t>();
      e.outputs = in.array<double>();
    } else if (const std::size_t width = width_of(e.kernel); width <= row.size() - at) {
      e.outputs.assign(row.data() + at, row.data() + at + width);
      at += width;
    }
    e.bytes = in.text();
    entries_.push_back(std::move(e));
  }
}

void NamedStates::check(std::span<const std::string_view> needed,
                        std::span<const std::string_view> all) const {
  std::string names, words;
  for (const std::string_view node : needed) {
    if (has(node) || begins(node)) continue;
    names.append(names.empty() ? "" : ", ").append(node);
    words.append(words.empty() ? "\"" : ", \"").append(node).append("\"");
  }
  if (words.find(',') != std::string::npos) words = "[" + words + "]";
  if (!names.empty()) {
    throw StateError("the saved state has no node " + names + ": allow_cold=" + words +
                     " lets it begin without a past");
  }
  for (const Entry& e : entries_) {
    if (cold_.nodes.empty() || std::ranges::find(all, e.node) != all.end()) continue;
    throw StateError("the saved state has a node " + std::string(e.node) +
                     " that the pipeline lacks, and its past would be lost: keep the node");
  }
}

NamedStates::Found NamedStates::find(const StateKey& key) const {
  const KernelSpec& spec = *key.spec;
  const std::string kernel(spec.name), node(key.node);
  const std::string what = node == kernel ? "kernel " + kernel : "node " + node;
  for (const Entry& e : entries_) {
    if (e.node != key.node) continue;
    if (e.kernel != spec.name) {
      throw StateError(what + " was saved as a " + std::string(e.kernel) + ", here it is a " +
                       kernel);
    }
    if (e.version > spec.state_version || e.version < spec.oldest_state) {
      throw StateError(what + " was saved with state version " + std::to_string(e.version) +
                       ", this build reads version " + std::to_string(spec.state_version));
    }
    if (e.keyed && e.params != key.params) {
      throw StateError(what + " was saved with other parameters");
    }
    return {ByteReader(e.bytes), e.version, e.outputs};
  }
  throw StateError("the saved state has no " + what);
}

std::span<const double> NamedStates::last_outputs(const StateKey& key) const {
  for (const Entry& e : entries_) {
    if (e.node == key.node && e.kernel == key.spec->name && e.params == key.params) {
      return e.outputs;
    }
  }
  return {};
}

}  // namespace tickeng
