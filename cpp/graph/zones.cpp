#include "tickeng/graph/zones.hpp"

#include <algorithm>

#include "tickeng/base/bytes.hpp"
#include "tickeng/base/error.hpp"

namespace tickeng {

std::shared_ptr<const Zone> Zones::find(const std::string& name) {
  std::shared_ptr<const Zone>& known = known_[name];
  for (const Setting& x : settings_) {
    if (known || x.kernel != kZoneTable || x.param != name) continue;
    ByteReader in(x.value.text);
    std::vector<TimeNs> from = in.array<TimeNs>(), offset = in.array<TimeNs>();
    if (from.empty() || from.size() != offset.size() || !std::ranges::is_sorted(from)) {
      throw ConfigError("the local time of " + name + " is no table");
    }
    known = std::make_shared<const Zone>(std::move(from), std::move(offset));
  }
  return known;
}

}  // namespace tickeng
