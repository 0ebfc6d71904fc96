// Values for the parameters of one kernel, checked against its spec.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tickeng/base/control_text.hpp"
#include "tickeng/base/error.hpp"
#include "tickeng/base/zone.hpp"
#include "tickeng/kernel/spec.hpp"

namespace tickeng {

/// A length of either kind; the other is 0.
struct Window {
  std::size_t rows = 0;
  std::int64_t ns = 0;
};

/// A value as statements and settings give it: a number, choices by index, or the text of a text.
struct ParamValue {
  double number = 0.0;
  std::string text = {};
};

/// Why a text parameter cannot be this; empty: it can.
[[nodiscard]] inline std::string text_fault(const ParamSpec& p, std::string_view text) {
  if (static_cast<double>(text.size()) > p.high) {
    return std::string(p.name) + " has at most " + std::to_string(static_cast<int>(p.high)) +
           " bytes";
  }
  if (control_at(text) < text.size()) return std::string(p.name) + " has a control character";
  return {};
}

class Params {
 public:
  /// All defaults.
  explicit Params(const KernelSpec& spec) : spec_(&spec) {
    for (const ParamSpec& p : spec.params) values_.push_back(p.fallback);
    texts_.resize(spec.params.size());
  }

  /// Throws ConfigError when the name is unknown or the value is out of bounds.
  void set(std::string_view name, const ParamValue& given) {
    const std::size_t i = index(name);
    const ParamSpec& p = spec_->params[i];
    if (p.kind == ParamKind::kText) {
      const std::string fault = text_fault(p, given.text);
      if (!fault.empty()) throw ConfigError(std::string(spec_->name) + "." + fault);
      texts_[i] = given.text;
      return;
    }
    const double value = given.number;
    const bool whole = p.kind == ParamKind::kReal || value == std::floor(value);
    const bool is_time = p.kind == ParamKind::kWindow && value < 0.0;
    const bool holds = is_time ? value >= -kLongestNs : value >= p.low && value <= p.high;
    if (!holds || !whole) {
      throw ConfigError(std::string(spec_->name) + "." + std::string(name) + " is out of bounds");
    }
    values_[i] = value;
  }
  void set(std::string_view name, double value) { set(name, ParamValue{.number = value}); }
  /// The local time of the zone that kZoneParam names; null: it names none.
  [[nodiscard]] const std::shared_ptr<const Zone>& zone() const noexcept { return zone_; }
  void put_zone(std::shared_ptr<const Zone> zone) noexcept { zone_ = std::move(zone); }
  [[nodiscard]] ParamValue value(std::string_view name) const {
    return {values_[index(name)], texts_[index(name)]};
  }
  [[nodiscard]] double real(std::string_view name) const { return values_[index(name)]; }
  [[nodiscard]] std::size_t size(std::string_view name) const {
    return static_cast<std::size_t>(values_[index(name)]);
  }
  [[nodiscard]] Window window(std::string_view name) const {
    const double value = values_[index(name)];
    if (value < 0.0) return {0, static_cast<std::int64_t>(-value)};
    return {static_cast<std::size_t>(value), 0};
  }
  [[nodiscard]] bool flag(std::string_view name) const { return values_[index(name)] != 0.0; }
  [[nodiscard]] const std::string& text(std::string_view name) const { return texts_[index(name)]; }
  /// An enum class whose values are the indices in the spec's choices.
  template <class Enum>
  [[nodiscard]] Enum choice(std::string_view name) const {
    return static_cast<Enum>(static_cast<int>(values_[index(name)]));
  }

  /// Of the values that change numbers: FNV-1a over their bits, in the spec's order. An empty text
  /// counts for nothing, so that a kernel can be given one and still read its saved states.
  [[nodiscard]] std::uint64_t hash() const noexcept {
    std::uint64_t h = 0xcbf29ce484222325ULL;
    const auto add = [&h](std::uint64_t byte) { h = (h ^ byte) * 0x100000001b3ULL; };
    for (std::size_t p = 0; p < values_.size(); ++p) {
      if (spec_->params[p].kind == ParamKind::kText) {
        for (const char c : texts_[p]) add(static_cast<unsigned char>(c));
        if (!texts_[p].empty()) add(p);
        continue;
      }
      const auto bits = std::bit_cast<std::uint64_t>(values_[p] + 0.0);
      for (std::uint64_t i = 0; i < 8; ++i) add(bits >> 8 * i & 0xff);
    }
    return h;
  }
  friend bool operator==(const Params&, const Params&) = default;

  /// A copy in which a choice, if there is one of this name, has this value.
  template <class Enum>
  [[nodiscard]] Params with_choice(std::string_view name, Enum value) const {
    Params copy = *this;
    for (std::size_t i = 0; i < spec_->params.size(); ++i) {
      if (spec_->params[i].name == name) copy.values_[i] = static_cast<double>(value);
    }
    return copy;
  }

 private:
  [[nodiscard]] std::size_t index(std::string_view name) const {
    for (std::size_t i = 0; i < spec_->params.size(); ++i) {
      if (spec_->params[i].name == name) return i;
    }
    throw ConfigError(std::string(spec_->name) + " has no parameter " + std::string(name));
  }

  const KernelSpec* spec_;
  std::vector<double> values_;
  std::vector<std::string> texts_;  // of those that are one
  std::shared_ptr<const Zone> zone_;
};

}  // namespace tickeng
