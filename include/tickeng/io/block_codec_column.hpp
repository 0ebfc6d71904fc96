// One coded column of a block: integers and decimals to byte planes and back.
//
// Encoding byte: bits 0..2 are 0 raw binary64 in 8 planes, 1 plain, 2 zigzag differences; bit 3: a
// bitmap precedes the planes; high half: the value is integer / 10^exponent (0 for integer columns
// and whole decimals). Integers are base + scale * k (mod 2^64), plane p holds byte p of every k.
// A set bit of the bitmap (the first value's is the least of byte 0) stands for no value, which is
// kNone or the quiet NaN 0x7ff8000000000000; its k repeats the one before and means nothing.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
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

inline constexpr std::size_t kColumnEntryBytes = 24;
inline constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::min();

enum class Encoding : std::uint8_t { kRaw = 0, kPlain = 1, kDelta = 2 };

/// How the planes of a column are to be read.
struct Coding {
  Encoding encoding = Encoding::kPlain;
  std::uint8_t exponent = 0;
  std::uint8_t planes = 0;
  std::int64_t base = 0;
  std::int64_t scale = 1;
  bool bitmap = false;
};

/// A column as written.
struct CodedBytes {
  Coding coding;
  std::string data;
};

/// A column as found in a block; `data` has its bytes, which are as many as its values need.
struct CodedColumn {
  std::uint16_t id = 0;
  Coding coding;
  std::uint32_t bytes = 0;
  std::span<const std::uint8_t> data;
};

/// With `absent`, kNone or the quiet NaN among the values goes to a bitmap.
[[nodiscard]] CodedBytes encode_integers(std::span<const std::int64_t> values, bool absent);
[[nodiscard]] CodedBytes encode_decimals(std::span<const double> values, bool absent);

void append_entry(std::string& directory, std::uint16_t id, const CodedBytes& coded);

/// Reads a directory entry of kColumnEntryBytes; DataError when it contradicts itself, or says
/// `absent` values where there may be none.
[[nodiscard]] CodedColumn read_entry(const std::uint8_t* entry, std::size_t values, bool absent);

/// Decode into as many values as read_entry was given; DataError when one does not fit.
void decode_column(const CodedColumn& column, std::span<std::int64_t> values);
void decode_column(const CodedColumn& column, std::span<std::uint32_t> values);
void decode_column(const CodedColumn& column, std::span<std::uint8_t> values);
void decode_column(const CodedColumn& column, std::span<std::int8_t> values);
void decode_column(const CodedColumn& column, std::span<double> values);

}  // namespace tickeng::io
