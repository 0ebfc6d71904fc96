#include "tickeng/graph/formula_node.hpp"

namespace tickeng {

void FormulaNode::save(const double* row, ByteWriter& out) {
  const StateKey& key = wiring().keys[0];
  out.text(key.node);
  out.text(key.spec->name);
  out.number<std::uint32_t>(key.spec->state_version);
  out.number<std::uint64_t>(key.params);
  out.array(std::span<const double>(row + key.first, 1));
  out.text({});
}

void FormulaNode::load(const NamedStates& states, double* row) {
  const StateKey& key = wiring().keys[0];
  const std::span<const double> last = states.last_outputs(key);
  if (last.size() == 1) row[key.first] = last[0];
}

}  // namespace tickeng
