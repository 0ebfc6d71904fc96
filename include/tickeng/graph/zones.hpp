// The local time of zones that a pipeline's kernels name, from what settings say.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tickeng/base/zone.hpp"
#include "tickeng/graph/pipeline.hpp"

namespace tickeng {

/// The kernel of a setting that says what a zone's local time is: `param` is its name, the text has
/// an array of the times from which on offsets hold, and one of these, in ns, little endian.
inline constexpr std::string_view kZoneTable = "@zone";

class Zones {
 public:
  explicit Zones(const std::vector<Setting>& settings) : settings_(settings) {}
  /// The same object for the same name, so that equal nodes are; null: nothing says what it is.
  [[nodiscard]] std::shared_ptr<const Zone> find(const std::string& name);

 private:
  const std::vector<Setting>& settings_;
  std::map<std::string, std::shared_ptr<const Zone>> known_;
};

}  // namespace tickeng
