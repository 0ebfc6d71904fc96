// What a kernel says of itself: constexpr data from which Python classes, stubs, the catalogue
// page, the command's listing, configuration, checkpoints and contract tests follow.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace tickeng {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

enum class ParamKind : std::uint8_t {
  kReal,
  kInteger,
  kBool,
  kChoice,
  kWindow,    ///< a count of rows, or a time: as a number, rows or the nanoseconds negated
  kDuration,  ///< whole nanoseconds
  kText,      ///< no number: the name of something, empty by default
};

/// The longest time that a parameter may say: up to it a double has every nanosecond, 104 days.
inline constexpr double kLongestNs = 0x1p53;
/// Most bytes of a text.
inline constexpr double kLongestText = 255;

struct ParamSpec {
  std::string_view name;
  ParamKind kind = ParamKind::kReal;
  double fallback = 0.0;  ///< default; for a choice its index in `choices`
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  std::string_view choices = {};  ///< "spec|engine"
  std::string_view unit = "1";
  std::string_view doc = {};
  std::string_view alias = {};  ///< flat config name that sets it in every kernel that has it
};

enum class OutputType : std::uint8_t { kReal, kFlag };

struct OutputSpec {
  std::string_view name;
  std::string_view unit = "1";
  std::string_view range = {};
  OutputType type = OutputType::kReal;
  double absent = kNaN;  ///< on the row of a tick that was not accepted; a flag is 0 there
  double initial = 0.0;  ///< of a flag, before its first tick; what is no flag is absent then
};

/// How far back a kernel remembers, which decides whether a long replay may be cut into chunks.
enum class Memory : std::uint8_t {
  kFinite,    ///< the last rows decide everything, as many as memory(params) or the warm-up says,
              ///< and those of the last memory_ns(params); a row puts one value into a window
  kAnchored,  ///< besides these, what it carries from a row of any age: anchors() finds the row
  kSerial,    ///< all rows since the start: one sequential pass only
};

struct KernelSpec {
  std::string_view id;            ///< catalogue id, "C-03"
  std::string_view name;          ///< registry and configuration name, "k1"
  std::string_view aliases = {};  ///< other names, separated by spaces
  std::string_view summary;
  std::string_view formula;
  std::string_view source;
  std::span<const ParamSpec> params = {};
  std::span<const OutputSpec> outputs;
  std::span<const std::string_view> inputs = {};  ///< outputs of other kernels
  bool sees_undefined = false;                    ///< inputs that are NaN come to it
  bool reads_any = false;  ///< inputs are not outputs of these names but what the text says
  Memory memory = Memory::kFinite;
  std::uint32_t state_version = 1;
  std::uint32_t oldest_state = state_version;  ///< version from which on saved states are read
};

}  // namespace tickeng
