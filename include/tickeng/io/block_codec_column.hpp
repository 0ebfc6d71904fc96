// One coded column of a block: integers and decimals to byte planes and back.
//
// Encoding byte: low half 0 raw binary64 in 8 planes, 1 plain, 2 differences; high half: the value
// is integer / 10^exponent (0 for integer columns and whole decimals).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

namespace tickeng::io {

static_assert(std::endian::native == std::endian::little, "the file's byte order is the host's");

template <class T>
[[nodiscard]] T load(const std::uint8_t* bytes) noexcept {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

template <class T>
void store(std::string& out, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

enum class Encoding : std::uint8_t { kRaw = 0, kPlain = 1, kDelta = 2 };

/// How the planes of a column are to be read.
struct Coding {
  Encoding encoding = Encoding::kPlain;
  std::uint8_t exponent = 0;
  std::uint8_t planes = 0;
  std::int64_t base = 0;
  std::int64_t scale = 1;
};

/// A column as written.
struct CodedBytes {
  Coding coding;
  std::string data;
};

/// A column as found in a block; `data` has planes * rows bytes, checked.
struct CodedColumn {
  std::uint16_t id = 0;
  Coding coding;
  std::uint32_t bytes = 0;
  std::span<const std::uint8_t> data;
};

[[nodiscard]] CodedBytes encode_integers(std::span<const std::int64_t> values);
[[nodiscard]] CodedBytes encode_decimals(std::span<const double> values);

void append_entry(std::string& directory, std::uint16_t id, const CodedBytes& coded);

/// Reads a directory entry of kColumnEntryBytes; DataError when it contradicts itself.
[[nodiscard]] CodedColumn read_entry(const std::uint8_t* entry, std::uint32_t rows);

/// Decode into exactly as many values as the block has rows; DataError when a value does not fit.
void decode_column(const CodedColumn& column, std::span<std::int64_t> values);
void decode_column(const CodedColumn& column, std::span<std::uint32_t> values);
void decode_column(const CodedColumn& column, std::span<std::int8_t> values);
void decode_column(const CodedColumn& column, std::span<double> values);

}  // namespace tickeng::io
