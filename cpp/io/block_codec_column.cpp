// Body of the column codec.

#include "tickeng/io/block_codec_column.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <type_traits>
#include <utility>
#include <vector>

#include "tickeng/base/error.hpp"

namespace tickeng::io {
namespace {

constexpr int kMaxExponent = 15;  // it has four bits; 10^15 and below are exact doubles
constexpr std::array<double, kMaxExponent + 1> kPowers = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
constexpr double kExactIntegers = 9007199254740992.0;  // 2^53
constexpr std::size_t kChunk = 1024;
constexpr unsigned kBitmap = 8;  // of the encoding byte

std::uint64_t zigzag(std::uint64_t difference) noexcept {
  return (difference << 1) ^ (0 - (difference >> 63));
}

std::uint64_t unzigzag(std::uint64_t code) noexcept { return (code >> 1) ^ (0 - (code & 1)); }

std::string to_planes(std::span<const std::uint64_t> codes, std::uint8_t planes) {
  std::string data(codes.size() * planes, '\0');
  char* out = data.data();
  for (int plane = 0; plane < planes; ++plane) {
    for (const std::uint64_t code : codes) *out++ = static_cast<char>(code >> (8 * plane));
  }
  return data;
}

template <std::size_t Planes>
void from_planes(const std::uint8_t* data, std::size_t stride, std::span<std::uint64_t> codes) {
  for (std::size_t i = 0; i < codes.size(); ++i) {
    std::uint64_t code = 0;
    for (std::size_t plane = 0; plane < Planes; ++plane) {
      code |= std::uint64_t{data[plane * stride + i]} << (8 * plane);
    }
    codes[i] = code;
  }
}

using FromPlanes = void (*)(const std::uint8_t*, std::size_t, std::span<std::uint64_t>);

template <std::size_t... Planes>
constexpr auto readers(std::index_sequence<Planes...>) {
  return std::array<FromPlanes, sizeof...(Planes)>{&from_planes<Planes>...};
}
constexpr auto kReaders = readers(std::make_index_sequence<9>{});

/// base + scale * code for each. Factors of 32 bits have a vector multiplication of their own.
void scale_codes(const Coding& coding, std::span<std::uint64_t> codes) noexcept {
  const auto base = static_cast<std::uint64_t>(coding.base);
  const auto scale = static_cast<std::uint64_t>(coding.scale);
  constexpr std::uint64_t kLow = std::numeric_limits<std::uint32_t>::max();
  if (coding.planes <= 4 && scale <= kLow) {
    for (std::uint64_t& code : codes) code = base + scale * (code & kLow);
  } else {
    for (std::uint64_t& code : codes) code = base + scale * code;
  }
}

/// Hands the decoded integers to `use(first, integers)` in chunks that stay in the nearest cache.
template <class Use>
void decode_integers(const CodedColumn& column, std::size_t rows, Use use) {
  const auto [encoding, exponent, planes, base, scale, bitmap] = column.coding;
  if (column.data.size() != rows * planes) throw DataError("tick file column of another length");
  std::array<std::uint64_t, kChunk> chunk;
  chunk.fill(static_cast<std::uint64_t>(base));
  auto sum = static_cast<std::uint64_t>(base);
  for (std::size_t first = 0; first < rows; first += kChunk) {
    const std::span codes(chunk.data(), std::min(kChunk, rows - first));
    if (planes > 0) kReaders[planes](column.data.data() + first, rows, codes);
    if (planes > 0 && encoding == Encoding::kPlain) scale_codes(column.coding, codes);
    if (planes > 0 && encoding == Encoding::kDelta) {
      for (std::uint64_t& code : codes) code = unzigzag(code);  // in vectors, unlike the sum
      for (std::uint64_t& code : codes) code = sum += static_cast<std::uint64_t>(scale) * code;
    }
    use(first, std::span<const std::uint64_t>(codes));
  }
}

/// The same for codes of one byte, one at a time: what each of the 256 stands for is looked up.
template <class Use>
void decode_bytes(const CodedColumn& column, std::size_t rows, Use use) {
  const Coding& coding = column.coding;
  const bool delta = coding.encoding == Encoding::kDelta;
  if (column.data.size() != rows) throw DataError("tick file column of another length");
  std::array<std::uint64_t, 256> meaning;
  for (std::uint64_t code = 0; code < meaning.size(); ++code) {
    meaning[code] = static_cast<std::uint64_t>(coding.scale) * (delta ? unzigzag(code) : code);
  }
  const std::uint8_t* const codes = column.data.data();
  auto sum = static_cast<std::uint64_t>(coding.base);
  for (std::size_t i = 0; i < rows && delta; ++i) use(i, sum += meaning[codes[i]]);
  for (std::size_t i = 0; i < rows && !delta; ++i) use(i, sum + meaning[codes[i]]);
}

template <class T>
void decode_narrow(const CodedColumn& column, std::span<T> values) {
  if (column.coding.encoding == Encoding::kRaw || column.coding.exponent != 0 ||
      (sizeof(T) < 8 && column.coding.bitmap)) {
    throw DataError("tick file column " + std::to_string(column.id) + " must hold integers");
  }
  // A value is in range when its distance from the least one has no bit beyond the type's width;
  // one OR over all distances keeps the loop free of branches.
  constexpr auto kLeast = static_cast<std::uint64_t>(std::numeric_limits<T>::min());
  std::uint64_t distances = 0;
  T* const out = values.data();  // bytes may alias anything but a local pointer
  if (sizeof(T) == 1 && column.coding.planes == 1) {
    decode_bytes(column, values.size(), [out, &distances](std::size_t i, std::uint64_t integer) {
      out[i] = static_cast<T>(integer);
      distances |= integer - kLeast;
    });
  } else {
    decode_integers(column, values.size(), [out, &distances](std::size_t first, auto integers) {
      std::uint64_t all = 0;
      for (std::size_t i = 0; i < integers.size(); ++i) {
        out[first + i] = static_cast<T>(integers[i]);
        all |= integers[i] - kLeast;
      }
      distances |= all;
    });
  }
  if (distances > std::numeric_limits<std::make_unsigned_t<T>>::max()) {
    throw DataError("tick file column " + std::to_string(column.id) + " is out of range");
  }
}

/// The integer n with n / 10^exponent == value to the bit, if there is one.
bool as_decimal(double value, int exponent, std::int64_t& integer) noexcept {
  const double power = kPowers[static_cast<std::size_t>(exponent)];
  const double nearest = std::nearbyint(value * power);
  if (!(std::abs(nearest) < kExactIntegers)) return false;
  integer = static_cast<std::int64_t>(nearest);
  // -0 stays raw. It is asked for by itself: g++ 12 takes double(int64(x)) for trunc(x) where there
  // is an instruction for that, and then -0 comes back as -0 (-fno-trapping-math allows it).
  if (integer == 0 && std::signbit(value)) return false;
  const double back = static_cast<double>(integer) / power;
  return std::bit_cast<std::uint64_t>(back) == std::bit_cast<std::uint64_t>(value);
}

CodedBytes encode_raw(std::span<const double> values) {
  std::vector<std::uint64_t> codes(values.size());
  std::ranges::transform(values, codes.begin(),
                         [](double value) { return std::bit_cast<std::uint64_t>(value); });
  return {{.encoding = Encoding::kRaw, .planes = 8}, to_planes(codes, 8)};
}

/// integer / power for each. x86-64 converts 64-bit integers only one at a time, so those below
/// 2^51 are added to the bits of 1.5 * 2^52, whose last bit is worth 1, which is then taken off.
void divide(std::span<const std::uint64_t> integers, double power, double* values) noexcept {
  constexpr double kShift = 6755399441055744.0;
  std::uint64_t distances = 0;
  for (const std::uint64_t integer : integers) distances |= integer + (1ULL << 51);
  const bool small = distances < (1ULL << 52);
  for (std::size_t i = 0; i < integers.size() && small; ++i) {
    const std::uint64_t shifted = integers[i] + std::bit_cast<std::uint64_t>(kShift);
    values[i] = (std::bit_cast<double>(shifted) - kShift) / power;
  }
  for (std::size_t i = 0; i < integers.size() && !small; ++i) {
    values[i] = static_cast<double>(static_cast<std::int64_t>(integers[i])) / power;
  }
}

std::uint64_t width(std::uint64_t code) noexcept {
  return static_cast<std::uint64_t>(std::bit_width(code));
}

bool is_none(std::int64_t value) noexcept { return value == kNone; }

bool is_none(double value) noexcept {
  return std::bit_cast<std::uint64_t>(value) ==
         std::bit_cast<std::uint64_t>(std::numeric_limits<double>::quiet_NaN());
}

/// The bits of the values that are none, and the values with those repeating the one before.
template <class T>
std::string to_bitmap(std::vector<T>& values) {
  std::string bits((values.size() + 7) / 8, '\0');
  const auto first = std::ranges::find_if_not(values, [](T value) { return is_none(value); });
  T last = first == values.end() ? T{} : *first;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (is_none(values[i])) {
      bits[i / 8] = static_cast<char>(static_cast<unsigned char>(bits[i / 8]) | 1U << (i % 8));
      values[i] = last;
    }
    last = values[i];
  }
  return bits;
}

template <class T>
void from_bitmap(std::span<const std::uint8_t> bits, std::span<T> values, T none) {
  for (std::size_t byte = 0; byte < bits.size(); ++byte) {
    if (bits[byte] == 0) continue;
    const std::size_t end = std::min(values.size(), 8 * byte + 8);
    for (std::size_t i = 8 * byte; i < end; ++i) {
      if ((bits[byte] >> (i % 8) & 1) != 0) values[i] = none;
    }
  }
}

/// `encode` of the values, behind a bitmap if some are none.
template <class T, class Encode>
CodedBytes encode_absent(std::span<const T> values, Encode encode) {
  if (std::ranges::none_of(values, [](T value) { return is_none(value); })) return encode(values);
  std::vector<T> filled(values.begin(), values.end());
  const std::string bits = to_bitmap(filled);
  CodedBytes coded = encode(std::span<const T>(filled));
  if (coded.coding.encoding == Encoding::kRaw) return encode(values);  // which has every NaN
  coded.coding.bitmap = true;
  coded.data = bits + coded.data;
  return coded;
}

/// The column without its bitmap, which is put into `bits`.
CodedColumn without_bitmap(const CodedColumn& column, std::size_t values,
                           std::span<const std::uint8_t>& bits) {
  CodedColumn planes = column;
  if (!column.coding.bitmap) return planes;
  const std::size_t count = (values + 7) / 8;
  if (column.data.size() < count) throw DataError("tick file column of another length");
  bits = column.data.first(count);
  planes.data = column.data.subspan(count);
  return planes;
}

CodedBytes pack_integers(std::span<const std::int64_t> values) {
  if (values.empty()) return {};
  const std::int64_t least = *std::ranges::min_element(values);
  std::vector<std::uint64_t> plain(values.size()), delta(values.size());
  std::uint64_t scale = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    plain[i] = static_cast<std::uint64_t>(values[i]) - static_cast<std::uint64_t>(least);
    if (scale != 1) scale = std::gcd(scale, plain[i]);
  }
  if (scale == 0) return {{.base = least}, {}};  // all equal
  std::uint64_t plain_bits = 0, delta_bits = 0, plain_all = 0, delta_all = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    plain[i] /= scale;
    delta[i] = i == 0 ? 0 : zigzag(plain[i] - plain[i - 1]);
    plain_bits += width(plain[i]);
    delta_bits += width(delta[i]);
    plain_all |= plain[i];
    delta_all |= delta[i];
  }
  const bool differ = delta_bits < plain_bits;
  const auto planes = static_cast<std::uint8_t>((width(differ ? delta_all : plain_all) + 7) / 8);
  return {{.encoding = differ ? Encoding::kDelta : Encoding::kPlain,
           .planes = planes,
           .base = differ ? values[0] : least,
           .scale = static_cast<std::int64_t>(scale)},
          to_planes(differ ? delta : plain, planes)};
}

CodedBytes pack_decimals(std::span<const double> values) {
  int exponent = 0;
  std::vector<std::int64_t> integers(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    while (!as_decimal(values[i], exponent, integers[i])) {
      if (++exponent > kMaxExponent) return encode_raw(values);
    }
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!as_decimal(values[i], exponent, integers[i])) return encode_raw(values);
  }
  CodedBytes coded = pack_integers(integers);
  coded.coding.exponent = static_cast<std::uint8_t>(exponent);
  return coded;
}

}  // namespace

CodedBytes encode_integers(std::span<const std::int64_t> values, bool absent) {
  return absent ? encode_absent(values, pack_integers) : pack_integers(values);
}

CodedBytes encode_decimals(std::span<const double> values, bool absent) {
  return absent ? encode_absent(values, pack_decimals) : pack_decimals(values);
}

void append_entry(std::string& directory, std::uint16_t id, const CodedBytes& coded) {
  const Coding& coding = coded.coding;
  store(directory, id);
  store(directory, static_cast<std::uint8_t>(static_cast<unsigned>(coding.encoding) |
                                             (coding.bitmap ? kBitmap : 0U) |
                                             static_cast<unsigned>(coding.exponent) << 4));
  store(directory, coding.planes);
  store(directory, static_cast<std::uint32_t>(coded.data.size()));
  store(directory, coding.base);
  store(directory, coding.scale);
}

CodedColumn read_entry(const std::uint8_t* entry, std::size_t values, bool absent) {
  CodedColumn column;
  column.id = load<std::uint16_t>(entry);
  column.coding = {.encoding = static_cast<Encoding>(entry[2] & 7),
                   .exponent = static_cast<std::uint8_t>(entry[2] >> 4),
                   .planes = entry[3],
                   .base = load<std::int64_t>(entry + 8),
                   .scale = load<std::int64_t>(entry + 16),
                   .bitmap = (entry[2] & kBitmap) != 0};
  column.bytes = load<std::uint32_t>(entry + 4);
  const Coding& coding = column.coding;
  const bool raw = coding.encoding == Encoding::kRaw;
  const std::size_t bits = coding.bitmap ? (values + 7) / 8 : 0;
  if (coding.encoding > Encoding::kDelta || coding.planes > 8 || (raw && coding.planes != 8) ||
      (coding.bitmap && (raw || !absent)) || column.bytes != bits + values * coding.planes) {
    throw DataError("tick file column " + std::to_string(column.id) + " has encoding " +
                    std::to_string(entry[2]) + " in " + std::to_string(coding.planes) +
                    " planes of " + std::to_string(column.bytes) + " bytes");
  }
  return column;
}

void decode_column(const CodedColumn& column, std::span<std::int64_t> values) {
  std::span<const std::uint8_t> bits;
  decode_narrow(without_bitmap(column, values.size(), bits), values);
  from_bitmap(bits, values, kNone);
}

void decode_column(const CodedColumn& column, std::span<std::uint32_t> values) {
  decode_narrow(column, values);
}

void decode_column(const CodedColumn& column, std::span<std::uint8_t> values) {
  decode_narrow(column, values);
}

void decode_column(const CodedColumn& column, std::span<std::int8_t> values) {
  decode_narrow(column, values);
}

void decode_column(const CodedColumn& column, std::span<double> values) {
  const double power = kPowers[column.coding.exponent];
  const bool raw = column.coding.encoding == Encoding::kRaw;
  std::span<const std::uint8_t> bits;
  const CodedColumn planes = without_bitmap(column, values.size(), bits);
  decode_integers(planes, values.size(), [&](std::size_t first, auto integers) {
    double* const out = values.data() + first;
    if (!raw) return divide(integers, power, out);
    std::memcpy(out, integers.data(), integers.size_bytes());
  });
  from_bitmap(bits, values, std::numeric_limits<double>::quiet_NaN());
}

}  // namespace tickeng::io
