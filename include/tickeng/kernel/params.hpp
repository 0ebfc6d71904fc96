// Values for the parameters of one kernel, checked against its spec.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tickeng/base/error.hpp"
#include "tickeng/kernel/spec.hpp"

namespace tickeng {

/// A length of either kind; the other is 0.
struct Window {
  std::size_t rows = 0;
  std::int64_t ns = 0;
};

class Params {
 public:
  /// All defaults.
  explicit Params(const KernelSpec& spec) : spec_(&spec) {
    for (const ParamSpec& p : spec.params) values_.push_back(p.fallback);
  }

  /// Throws ConfigError when the name is unknown or the value is out of bounds.
  void set(std::string_view name, double value) {
    const std::size_t i = index(name);
    const ParamSpec& p = spec_->params[i];
    const bool whole = p.kind == ParamKind::kReal || value == std::floor(value);
    const bool is_time = p.kind == ParamKind::kWindow && value < 0.0;
    const bool holds = is_time ? value >= -kLongestNs : value >= p.low && value <= p.high;
    if (!holds || !whole) {
      throw ConfigError(std::string(spec_->name) + "." + std::string(name) + " is out of bounds");
    }
    values_[i] = value;
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
  /// An enum class whose values are the indices in the spec's choices.
  template <class Enum>
  [[nodiscard]] Enum choice(std::string_view name) const {
    return static_cast<Enum>(static_cast<int>(values_[index(name)]));
  }

  /// Of the values that change numbers: FNV-1a over their bits, in the spec's order.
  [[nodiscard]] std::uint64_t hash() const noexcept {
    std::uint64_t h = 0xcbf29ce484222325ULL;
    for (const double value : values_) {
      for (std::uint64_t bits = std::bit_cast<std::uint64_t>(value + 0.0), i = 0; i < 8; ++i) {
        h = (h ^ (bits >> 8 * i & 0xff)) * 0x100000001b3ULL;
      }
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
};

}  // namespace tickeng
