// What bindings include to single rolling primitives: one type-erased class, built from a recipe.
// Spec: B-02 to B-09.
//
// update() and run() continue one state and give the same bits, in any chunks and after save() and
// load(). A value that is not finite is counted as skipped, answered with NaN, and leaves the
// window as it is; before `min_count` values have come the answer is NaN too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tickeng::rolling {

enum class Kind : std::uint8_t {
  kSum = 0,
  kMean = 1,
  kVariance = 2,
  kStd = 3,
  kZScore = 4,
  kQuantile = 5,
  kMin = 6,
  kMax = 7,
  kEwm = 8,
  kEwmVariance = 9,
  kEwmStd = 10,
};

struct Recipe {
  Kind kind = Kind::kSum;
  bool relative = false;        ///< z-score: eps times |mean|, not eps
  bool corrected = true;        ///< exponential weights add up to 1 from the first value on
  std::uint64_t window = 1;     ///< values; unused where weights are exponential
  std::uint64_t min_count = 0;  ///< values before the first answer; 0: a full window, or 1 / alpha
  std::uint64_t ddof = 0;       ///< variance and std: n - ddof is what sums are divided by
  double p = 0.5;               ///< quantile, 0 to 1
  double eps = 1e-8;            ///< z-score
  double alpha = 1.0;           ///< weight of a new value, above 0, at most 1
};

class Rolling {
 public:
  virtual ~Rolling() = default;

  /// Adds x; what the window that ends with it says.
  virtual double update(double x) noexcept = 0;
  /// The same for n values; y is not x. May throw bad_alloc, then only reset() is left.
  virtual void run(const double* x, std::size_t n, double* y) = 0;
  virtual void reset() noexcept = 0;
  [[nodiscard]] virtual std::unique_ptr<Rolling> copy() const = 0;
  /// Recipe and state; load() builds the same again.
  [[nodiscard]] virtual std::string save() const = 0;

  /// The recipe with its defaults filled in.
  [[nodiscard]] const Recipe& recipe() const noexcept { return recipe_; }
  /// Values taken in since reset().
  [[nodiscard]] std::uint64_t accepted() const noexcept { return accepted_; }
  /// Values that were not finite since reset().
  [[nodiscard]] std::uint64_t skipped() const noexcept { return skipped_; }
  /// Whether the newest answer, if its value was finite, was a number.
  [[nodiscard]] bool warm() const noexcept { return accepted_ >= recipe_.min_count; }

 protected:
  explicit Rolling(const Recipe& recipe) : recipe_(recipe) {}
  Rolling(const Rolling&) = default;

  Recipe recipe_;
  std::uint64_t accepted_ = 0, skipped_ = 0;
};

/// Throws ConfigError that names the parameter.
[[nodiscard]] std::unique_ptr<Rolling> make(const Recipe& recipe);

/// Throws DataError when the bytes are not what save() gives.
[[nodiscard]] std::unique_ptr<Rolling> load(std::string_view bytes);

}  // namespace tickeng::rolling
