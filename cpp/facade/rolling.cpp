// What each kind of rolling primitive is made of, and what all have in common: values that are not
// finite, warm-up, one NaN, saved state.
#include "tickeng/facade/rolling.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "tickeng/base/bytes.hpp"
#include "tickeng/base/error.hpp"
#include "tickeng/kernel/state.hpp"
#include "tickeng/stat/batch_moments.hpp"
#include "tickeng/stat/batch_quantile.hpp"
#include "tickeng/stat/batch_sums.hpp"
#include "tickeng/stat/ewm.hpp"
#include "tickeng/stat/rolling_extrema.hpp"
#include "tickeng/stat/rolling_moments.hpp"
#include "tickeng/stat/rolling_quantile.hpp"
#include "tickeng/stat/rolling_sum.hpp"
#include "tickeng/stat/sorted_quantile.hpp"

namespace tickeng::rolling {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint32_t kMagic = 0x4c4f5254;  // "TROL"
constexpr std::uint32_t kVersion = 1;
constexpr std::uint64_t kLargest = std::uint64_t{1} << 31;

std::size_t window_of(const Recipe& r) { return static_cast<std::size_t>(r.window); }

// A part has push(x), run(x, n, y), reset() and state(visitor); it meets finite values only.

template <bool Mean>
class Total {
 public:
  explicit Total(const Recipe& r)
      : sum_(window_of(r)), window_(window_of(r)),
        scale_(Mean ? 1.0 / static_cast<double>(r.window) : 1.0) {}
  double push(double x) noexcept {
    const double sum = sum_.push(x);
    if constexpr (!Mean) return sum;
    return sum_.full() ? sum * scale_ : sum / static_cast<double>(sum_.count());
  }
  void run(const double* x, std::size_t n, double* y) {
    stat::run_sums(sum_, window_, x, n, y, scale_, [this](double v) { return push(v); });
  }
  void reset() noexcept { sum_.reset(); }
  template <class Visitor>
  void state(Visitor& v) {
    sum_.state(v);
  }

 private:
  stat::RollingSum sum_;
  std::size_t window_;
  double scale_;
};

/// Squared deviations of n values by n - ddof, or the root of that.
template <bool Root>
struct Spread {
  double factor;

  Spread(const Recipe& r, std::size_t n)
      : factor(n > r.ddof ? static_cast<double>(n) / static_cast<double>(n - r.ddof) : kNan) {}
  template <class V>
  [[nodiscard, gnu::always_inline]] V operator()(const stat::Deviation<V>& d) const noexcept {
    const V variance = d.variance * factor;
    if constexpr (Root) return stat::root(variance);
    return variance;
  }
};

struct Score {
  double eps, by_mean;

  Score(const Recipe& r, std::size_t)
      : eps(r.relative ? 0.0 : r.eps), by_mean(r.relative ? r.eps : 0.0) {}
  template <class V>
  [[nodiscard, gnu::always_inline]] V operator()(const stat::Deviation<V>& d) const noexcept {
    V scale = stat::root(d.variance);
    scale += by_mean != 0.0 ? by_mean * (d.mean < V{} ? -d.mean : d.mean) : V{} + eps;
    return scale == V{} ? V{} : d.dev / scale;
  }
};

template <class Out>
class OfMoments {
 public:
  explicit OfMoments(const Recipe& r) : moments_(window_of(r)), recipe_(r), out_(r, window_of(r)) {}
  double push(double x) noexcept {
    const stat::Deviation<double> d = moments_.push(x);
    return moments_.full() ? out_(d) : Out(recipe_, moments_.count())(d);
  }
  void run(const double* x, std::size_t n, double* y) {
    stat::run_moments(moments_, x, n, y, [this](double v) { return push(v); }, out_);
  }
  void reset() noexcept { moments_.reset(); }
  template <class Visitor>
  void state(Visitor& v) {
    moments_.state(v);
  }

 private:
  stat::RollingMoments<1> moments_;
  Recipe recipe_;
  Out out_;
};

/// `Kept` is the structure that follows the window tick by tick.
template <class Kept>
class Quantile {
 public:
  explicit Quantile(const Recipe& r) : kept_(window_of(r), r.p), window_(window_of(r)), p_(r.p) {}
  double push(double x) noexcept {
    if constexpr (requires { kept_.value(); }) {
      kept_.push(x);
      return kept_.value();
    } else {
      return kept_.push(x);
    }
  }
  void run(const double* x, std::size_t n, double* y) {
    stat::run_quantiles(kept_, window_, p_, x, n, y, [this](double v) { return push(v); });
  }
  void reset() noexcept {
    kept_.reset();
    Blank blank;
    kept_.state(blank);
  }
  template <class Visitor>
  void state(Visitor& v) {
    kept_.state(v);
  }

 private:
  /// So that equal states are equal bytes: what a ring held before reset() is still in it.
  struct Blank {
    static constexpr bool kLoads = false;
    void array(std::string_view, std::span<double> ring) { std::ranges::fill(ring, 0.0); }
    void index(std::string_view, std::size_t, std::size_t) {}
  };

  Kept kept_;
  std::size_t window_;
  double p_;
};

template <int Sign>
class Extreme : public stat::RollingExtreme {
 public:
  explicit Extreme(const Recipe& r) : RollingExtreme(window_of(r), Sign) {}
};

class Ewm : public stat::Ewm {
 public:
  explicit Ewm(const Recipe& r) : stat::Ewm(r.alpha, r.corrected) {}
};

template <bool Root>
class EwmSpread : public stat::EwmVariance {
 public:
  explicit EwmSpread(const Recipe& r) : EwmVariance(r.alpha, r.corrected) {}
  double push(double x) noexcept {
    const double variance = EwmVariance::push(x);
    return Root ? std::sqrt(variance) : variance;
  }
  void run(const double* x, std::size_t n, double* y) noexcept {
    for (std::size_t i = 0; i < n; ++i) y[i] = push(x[i]);
  }
};

/// Reads state that somebody else may have written.
class CheckedLoader : public StateLoader {
 public:
  using StateLoader::StateLoader;

  template <class T>
  void array(std::string_view name, std::span<T> values) {
    StateLoader::array(name, values);
    for (const T value : values) require(std::isfinite(value), name);
  }
  template <class T>
  void number(std::string_view name, T& value) {
    StateLoader::number(name, value);
    if constexpr (std::is_floating_point_v<T>) {
      require(std::isfinite(value), name);
    } else {
      require(value == std::numeric_limits<T>::max() || value < T{1} << 62, name);
    }
  }
};

/// How many of the first values are finite and so small that no sum of their squares overflows.
std::size_t tame(const double* x, std::size_t n) noexcept {
  constexpr double kTame = 1e140;
  constexpr std::size_t kStep = 1024;
  for (std::size_t i = 0; i < n; i += kStep) {
    const std::size_t end = std::min(n, i + kStep);
    int wild = 0;
    for (std::size_t j = i; j < end; ++j) wild |= !(std::fabs(x[j]) <= kTame);
    if (wild != 0) return i;
  }
  return n;
}

void write(ByteWriter& out, const Recipe& r, std::uint64_t accepted, std::uint64_t skipped) {
  out.number(kMagic);
  out.number(kVersion);
  out.number(static_cast<std::uint8_t>(r.kind));
  out.number<std::uint8_t>(r.relative ? 1 : 0);
  out.number<std::uint8_t>(r.corrected ? 1 : 0);
  for (const std::uint64_t v : {r.window, r.min_count, r.ddof}) out.number(v);
  for (const double v : {r.p, r.eps, r.alpha}) out.number(v);
  out.number(accepted);
  out.number(skipped);
}

Recipe read(ByteReader& in) {
  Recipe r;
  if (in.number<std::uint32_t>() != kMagic) throw DataError("not the state of a rolling primitive");
  if (const auto version = in.number<std::uint32_t>(); version != kVersion) {
    throw DataError("state of version " + std::to_string(version) + "; this build reads version " +
                    std::to_string(kVersion));
  }
  r.kind = static_cast<Kind>(in.number<std::uint8_t>());
  r.relative = in.number<std::uint8_t>() != 0;
  r.corrected = in.number<std::uint8_t>() != 0;
  for (std::uint64_t* v : {&r.window, &r.min_count, &r.ddof}) *v = in.number<std::uint64_t>();
  for (double* v : {&r.p, &r.eps, &r.alpha}) *v = in.number<double>();
  return r;
}

template <class Part>
class Made final : public Rolling {
 public:
  explicit Made(const Recipe& recipe) : Rolling(recipe), part_(recipe) {}

  double update(double x) noexcept override {
    if (!std::isfinite(x)) [[unlikely]] {
      ++skipped_;
      return kNan;
    }
    const double y = part_.push(x);
    return ++accepted_ >= recipe_.min_count && y == y ? y : kNan;
  }
  void run(const double* x, std::size_t n, double* y) override {
    const std::size_t stretch = std::max<std::size_t>(8192, 8 * window_of(recipe_));
    for (std::size_t i = 0; i < n;) {
      const std::size_t plain = tame(x + i, n - i);
      clean(x + i, plain, y + i);
      i += plain;
      const std::size_t mixed = std::min(stretch, n - i);
      sift(x + i, mixed, y + i);
      i += mixed;
    }
  }
  void reset() noexcept override {
    part_.reset();
    accepted_ = skipped_ = 0;
  }
  [[nodiscard]] std::unique_ptr<Rolling> copy() const override {
    return std::make_unique<Made>(*this);
  }
  [[nodiscard]] std::string save() const override {
    ByteWriter out;
    write(out, recipe_, accepted_, skipped_);
    StateSaver saver(out);
    Part part = part_;  // state() shows one thing to savers and loaders, so it is not const
    part.state(saver);
    return std::move(out).take();
  }
  void load(ByteReader& in) {
    accepted_ = in.number<std::uint64_t>();
    skipped_ = in.number<std::uint64_t>();
    CheckedLoader loader(in);
    part_.state(loader);
    loader.require(in.done(), "length");
  }

 private:
  /// All values finite. An answer is a number, or NaN of any kind where squares overflow.
  void clean(const double* x, std::size_t n, double* y) {
    part_.run(x, n, y);
    const std::uint64_t cold = recipe_.min_count - std::min(accepted_ + 1, recipe_.min_count);
    std::fill_n(y, static_cast<std::size_t>(std::min<std::uint64_t>(n, cold)), kNan);
    accepted_ += n;
  }
  /// Any values: those that are finite are put together, and their answers apart again.
  void sift(const double* x, std::size_t n, double* y) {
    std::vector<double> kept, answers;
    kept.reserve(n);
    std::copy_if(x, x + n, std::back_inserter(kept), [](double v) { return std::isfinite(v); });
    answers.resize(kept.size());
    clean(kept.data(), kept.size(), answers.data());
    skipped_ += n - kept.size();
    for (std::size_t i = 0, k = 0; i < n; ++i) {
      const double v = std::isfinite(x[i]) ? answers[k++] : kNan;
      y[i] = v == v ? v : kNan;
    }
  }

  Part part_;
};

/// f(type of the part) for a recipe.
template <class F>
auto with_part(const Recipe& recipe, F f) {
  switch (recipe.kind) {
    case Kind::kSum: return f.template operator()<Total<false>>();
    case Kind::kMean: return f.template operator()<Total<true>>();
    case Kind::kVariance: return f.template operator()<OfMoments<Spread<false>>>();
    case Kind::kStd: return f.template operator()<OfMoments<Spread<true>>>();
    case Kind::kZScore: return f.template operator()<OfMoments<Score>>();
    case Kind::kQuantile:
      return recipe.window <= stat::SortedQuantile::kLargest
                 ? f.template operator()<Quantile<stat::SortedQuantile>>()
                 : f.template operator()<Quantile<stat::RollingQuantile>>();
    case Kind::kMin: return f.template operator()<Extreme<-1>>();
    case Kind::kMax: return f.template operator()<Extreme<+1>>();
    case Kind::kEwm: return f.template operator()<Ewm>();
    case Kind::kEwmVariance: return f.template operator()<EwmSpread<false>>();
    case Kind::kEwmStd: return f.template operator()<EwmSpread<true>>();
  }
  throw ConfigError("no such rolling primitive");
}

void require(bool holds, const char* what) {
  if (!holds) throw ConfigError(what);
}

/// The recipe with defaults filled in. Comparisons are written so that NaN fails.
Recipe checked(Recipe r) {
  const bool fading = r.kind >= Kind::kEwm;
  require(r.window >= 1 && r.window <= kLargest,
          "window must be at least 1 and at most 2147483648");
  require(r.p >= 0.0 && r.p <= 1.0, "p must be at least 0 and at most 1");
  require(r.eps >= 0.0 && std::isfinite(r.eps), "eps must be a number, at least 0");
  require(r.alpha > 0.0 && r.alpha <= 1.0, "alpha must be above 0 and at most 1");
  require(r.ddof == 0 || (r.kind == Kind::kVariance || r.kind == Kind::kStd),
          "ddof has no meaning");
  require(r.ddof < r.window, "ddof must be less than window");
  if (r.min_count == 0) {
    r.min_count =
        fading ? static_cast<std::uint64_t>(std::min(std::ceil(1.0 / r.alpha), 0x1p62)) : r.window;
  }
  require(fading || r.min_count <= r.window, "min_count must be at most window");
  return r;
}

}  // namespace

std::unique_ptr<Rolling> make(const Recipe& recipe) {
  const Recipe whole = checked(recipe);
  return with_part(whole, [&]<class Part>() -> std::unique_ptr<Rolling> {
    return std::make_unique<Made<Part>>(whole);
  });
}

std::unique_ptr<Rolling> load(std::string_view bytes) {
  ByteReader in(bytes);
  const Recipe read_back = read(in);
  // A window's values are in the state: a size that cannot be is found before memory is taken.
  if (read_back.kind < Kind::kEwm && read_back.window > bytes.size() / sizeof(double)) {
    throw DataError("saved state ends too early");
  }
  try {
    const Recipe whole = checked(read_back);
    return with_part(whole, [&]<class Part>() -> std::unique_ptr<Rolling> {
      auto made = std::make_unique<Made<Part>>(whole);
      made->load(in);
      return made;
    });
  } catch (const ConfigError& e) {
    throw DataError(std::string("saved state: ") + e.what());
  }
}

}  // namespace tickeng::rolling
