// Little-endian byte writer and bounds-checked reader for saved state.
//
// Field layout is the caller's; a reader that runs out of bytes, or meets a length larger than what
// is left, throws DataError before anything is allocated.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "tickeng/base/error.hpp"

namespace tickeng {

static_assert(std::endian::native == std::endian::little, "saved state is little-endian");

class ByteWriter {
 public:
  template <class T>
    requires std::is_arithmetic_v<T>
  void number(T value) {
    const auto* raw = reinterpret_cast<const char*>(&value);
    bytes_.append(raw, sizeof value);
  }
  template <class T>
    requires std::is_arithmetic_v<T>
  void array(std::span<const T> values) {
    number<std::uint64_t>(values.size());
    if (!values.empty()) {
      bytes_.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
    }
  }
  void text(std::string_view value) { array(std::span<const char>(value.data(), value.size())); }
  /// As they are, without their length.
  void raw(std::string_view value) { bytes_.append(value); }
  [[nodiscard]] std::string take() && { return std::move(bytes_); }
  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }

 private:
  std::string bytes_;
};

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : left_(bytes) {}

  template <class T>
    requires std::is_arithmetic_v<T>
  [[nodiscard]] T number() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  template <class T>
    requires std::is_arithmetic_v<T>
  [[nodiscard]] std::vector<T> array() {
    const std::string_view raw = counted(sizeof(T));
    std::vector<T> values(raw.size() / sizeof(T));
    if (!values.empty()) std::memcpy(values.data(), raw.data(), raw.size());
    return values;
  }
  /// Fills exactly `out`; a stored length that differs is an error.
  template <class T>
    requires std::is_arithmetic_v<T>
  void array_into(std::span<T> out) {
    const std::string_view raw = counted(sizeof(T));
    if (raw.size() != out.size_bytes()) throw DataError("saved state: array of another length");
    if (!out.empty()) std::memcpy(out.data(), raw.data(), raw.size());
  }
  [[nodiscard]] std::string_view text() { return counted(1); }
  /// Passes over an array.
  template <class T>
  void skip_array() {
    (void)counted(sizeof(T));
  }
  [[nodiscard]] bool done() const noexcept { return left_.empty(); }
  [[nodiscard]] std::string_view left() const noexcept { return left_; }

 private:
  [[nodiscard]] std::string_view counted(std::size_t item) {
    const auto count = number<std::uint64_t>();
    if (count > left_.size() / item) throw DataError("saved state ends too early");
    return take(static_cast<std::size_t>(count) * item);
  }
  [[nodiscard]] std::string_view take(std::size_t size) {
    if (size > left_.size()) throw DataError("saved state ends too early");
    const std::string_view head = left_.substr(0, size);
    left_.remove_prefix(size);
    return head;
  }

  std::string_view left_;
};

}  // namespace tickeng
