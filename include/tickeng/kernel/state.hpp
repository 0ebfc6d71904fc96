// The visitors that a kernel's state(visitor) meets: one writes, one reads and checks, one skips,
// one gives memory, two begin anew behind rows that were not seen.
//
// A state() shows logical fields in a fixed order; a change of fields raises state_version. A state
// of a version before, down to oldest_state, is read too: fields that it lacks are asked for under
// `if (v.whole())` and keep what reset() gave. Loading goes into a kernel that was built from the
// same configuration, so arrays must fit exactly.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "tickeng/base/bytes.hpp"
#include "tickeng/base/error.hpp"

namespace tickeng {

class StateSaver {
 public:
  static constexpr bool kLoads = false;

  explicit StateSaver(ByteWriter& out) : out_(out) {}
  [[nodiscard]] static constexpr bool whole() noexcept { return true; }

  template <class T>
  void array(std::string_view, std::span<T> values) {
    out_.array(std::span<const T>(values));
  }
  template <class T>
  void grown(std::string_view name, std::span<T> values) {
    array(name, values);
  }
  template <class T>
  void list(std::string_view, std::vector<T>& values) {
    out_.array(std::span<const T>(values));
  }
  template <class T>
  void number(std::string_view, T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      out_.number<std::uint8_t>(value ? 1 : 0);
    } else {
      out_.number(value);
    }
  }
  void index(std::string_view, std::size_t& value, std::size_t) {
    out_.number<std::uint64_t>(value);
  }
  template <class Part>
  void part(Part& part) {
    part.state(*this);
  }

 private:
  ByteWriter& out_;
};

class StateLoader {
 public:
  static constexpr bool kLoads = true;

  /// `whole`: of the present state_version, not of one before it. `rows`: as below.
  explicit StateLoader(ByteReader& in, bool whole = true, std::uint64_t rows = UINT64_MAX)
      : in_(in), whole_(whole), rows_(rows) {}
  [[nodiscard]] bool whole() const noexcept { return whole_; }
  /// That its windows can have seen at most: those that have no memory for more grow by them.
  [[nodiscard]] std::uint64_t rows() const noexcept { return rows_; }

  template <class T>
  void array(std::string_view, std::span<T> values) {
    in_.array_into(values);
  }
  /// An array that has grown since some states were saved; what they lack is 0.
  template <class T>
  void grown(std::string_view name, std::span<T> values) {
    const std::vector<T> stored = in_.array<T>();
    require(stored.size() <= values.size(), name);
    std::fill(std::copy(stored.begin(), stored.end(), values.begin()), values.end(), T{});
  }
  /// As many values as were saved.
  template <class T>
  void list(std::string_view, std::vector<T>& values) {
    values = in_.array<T>();
  }
  template <class T>
  void number(std::string_view, T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      value = in_.number<std::uint8_t>() != 0;
    } else {
      value = in_.number<T>();
    }
  }
  /// An index must be below `end`: a damaged one would read outside its array.
  void index(std::string_view name, std::size_t& value, std::size_t end) {
    const auto stored = in_.number<std::uint64_t>();
    require(stored < end, name);
    value = static_cast<std::size_t>(stored);
  }
  template <class Part>
  void part(Part& part) {
    part.state(*this);
  }
  void require(bool holds, std::string_view what) const {
    if (!holds) throw DataError("saved state: bad " + std::string(what));
  }

 private:
  ByteReader& in_;
  bool whole_;
  std::uint64_t rows_;
};

/// Of a visitor that looks at no field, only at parts.
class StateWalker {
 public:
  static constexpr bool kLoads = false;

  [[nodiscard]] static constexpr bool whole() noexcept { return true; }
  template <class T>
  void array(std::string_view, std::span<T>) {}
  template <class T>
  void grown(std::string_view, std::span<T>) {}
  template <class T>
  void list(std::string_view, std::vector<T>&) {}
  template <class T>
  void number(std::string_view, T&) {}
  void index(std::string_view, std::size_t&, std::size_t) {}
};

/// Moves a state on by n ticks that it does not see. Windows must be full and stay so, with
/// contents that mean nothing until the kernel's memory has passed; what depends on the number of
/// ticks alone is right at once. A part without skip(n) shows what it holds.
class StateSkipper : public StateWalker {
 public:
  explicit StateSkipper(std::uint64_t n) : n_(n) {}

  template <class Part>
  void part(Part& part) {
    if constexpr (requires { part.skip(n_); }) {
      part.skip(n_);
    } else {
      part.state(*this);
    }
  }

 private:
  std::uint64_t n_;
};

/// Begins an empty state behind `index` rows that it has not seen: sums and slices lie on the
/// absolute grid, as if none of those rows had given a value. Parts that stand on it have
/// reset(index) or start(index).
class StateStarter : public StateWalker {
 public:
  explicit StateStarter(std::uint64_t index) : index_(index) {}

  template <class Part>
  void part(Part& part) {
    if constexpr (requires { part.reset(index_); }) {
      part.reset(index_);
    } else if constexpr (requires { part.start(index_); }) {
      part.start(index_);
    } else {
      part.state(*this);
    }
  }

 private:
  std::uint64_t index_;
};

/// The same for a lane of windows, others of which are loaded: what a state of it would hold.
class LaneStarter : public StateWalker {
 public:
  static constexpr bool kLoads = true;

  explicit LaneStarter(std::uint64_t index) : index_(index) {}
  template <class T>
  void number(std::string_view name, T& value) const {
    if constexpr (std::is_same_v<T, std::uint64_t>) {
      if (name == "first") value = UINT64_MAX;
      if (name == "next") value = index_;
    }
  }
  [[nodiscard]] static constexpr bool whole() noexcept { return true; }
  [[nodiscard]] static constexpr std::uint64_t rows() noexcept { return UINT64_MAX; }
  static void require(bool, std::string_view) {}

 private:
  std::uint64_t index_;
};

/// Gives windows memory for that many rows (stat/room.hpp); may throw std::bad_alloc.
class StateGrower : public StateWalker {
 public:
  explicit StateGrower(std::size_t rows) : rows_(rows) {}

  template <class Part>
  void part(Part& part) {
    if constexpr (requires { part.grow(rows_); }) {
      part.grow(rows_);
    } else {
      part.state(*this);
    }
  }

 private:
  std::size_t rows_;
};

}  // namespace tickeng
