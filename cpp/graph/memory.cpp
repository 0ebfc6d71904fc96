// How far back nodes depend on their inputs, and how that and parameters are written.
#include <algorithm>
#include <charconv>

#include "tickeng/graph/pipeline.hpp"
#include "tickeng/graph/syntax.hpp"

namespace tickeng {

std::string value_text(const ParamSpec& p, const ParamValue& given) {
  if (p.kind == ParamKind::kText) {
    return to_text(Expression{.kind = Expression::Kind::kString, .name = given.text});
  }
  const double value = given.number;
  const bool is_time =
      p.kind == ParamKind::kDuration || (p.kind == ParamKind::kWindow && value < 0);
  if (is_time && value != 0.0) {
    return to_text(Expression{.kind = Expression::Kind::kDuration,
                              .ns = static_cast<std::int64_t>(value < 0 ? -value : value),
                              .name = {}});
  }
  char number[40];
  return {number, std::to_chars(number, number + sizeof number, value).ptr};
}

std::string memory_text(const KernelEntry& entry, const Params& params) {
  const auto reach = entry.memory(params);
  if (!reach) return "serial";
  std::string parts;
  if (reach->rows > 0) parts = std::to_string(reach->rows) + " rows";
  if (reach->ns > 0) {
    const ParamSpec time{.name = {}, .kind = ParamKind::kDuration};
    parts.append(parts.empty() ? "" : ", ")
        .append(value_text(time, {.number = static_cast<double>(reach->ns)}));
  }
  if (entry.anchors != nullptr) return "anchored(" + parts + ")";
  return parts.empty() ? "none" : "finite(" + parts + ")";
}

/// Memories add up on the way from a trade to an output.
void Pipeline::add_up_memory() {
  std::vector<Reach> sums;  // by node
  if (!on_trades_alone_) return memory_.reset();
  for (const PlannedNode& node : nodes_) {
    const KernelEntry& e = node.entry();
    const auto own = e.memory(node.params);
    if (!own) return memory_.reset();
    Reach read;
    std::vector<std::size_t> inputs;
    for (const Input& in : node.inputs) {
      read = {std::max(read.rows, sums[in.node].rows), std::max(read.ns, sums[in.node].ns)};
      inputs.push_back(in.node);
    }
    sums.push_back({read.rows + own->rows, read.ns + own->ns});
    memory_ =
        Reach{std::max(memory_->rows, sums.back().rows), std::max(memory_->ns, sums.back().ns)};
    memories_.push_back({*own, e.anchors, &node.params, std::move(inputs)});
  }
}

}  // namespace tickeng
