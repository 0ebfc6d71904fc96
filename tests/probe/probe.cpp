// Python's window onto the insides of the core, for tests only: primitives run over arrays, with
// their state saved and loaded at chosen places, and a count of allocations made while ticks run.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "state_fields.hpp"
#include "tickeng/base/log.hpp"
#include "tickeng/facade/engine.hpp"
#include "tickeng/facade/rolling.hpp"
#include "tickeng/kernel/state.hpp"
#include "tickeng/stat/lag_sum.hpp"
#include "tickeng/stat/rolling_extrema.hpp"
#include "tickeng/stat/rolling_quantile.hpp"
#include "tickeng/stat/rolling_sum.hpp"
#include "tickeng/stat/rolling_z_score.hpp"
#include "tickeng/stat/slice_moments.hpp"

namespace {
std::atomic<std::size_t> allocations{0};
}  // namespace

// Bound inside this module only (linked with -Bsymbolic-functions).
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  ++allocations;
  const auto line = static_cast<std::size_t>(alignment);
  if (void* memory = std::aligned_alloc(line, (size + line - 1) / line * line)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace {

namespace py = pybind11;
namespace stat = tickeng::stat;
using Array = py::array_t<double, py::array::c_style | py::array::forcecast>;

/// Saves `from` and loads it into `to`.
template <class T>
void hand_over(T& from, T& to) {
  tickeng::ByteWriter out;
  tickeng::StateSaver saver(out);
  from.state(saver);
  tickeng::ByteReader in(out.bytes());
  tickeng::StateLoader loader(in);
  to.state(loader);
  loader.require(in.done(), "length");
}

/// f(primitive, x) over all x; before index cuts[k] the primitive is replaced by a loaded copy.
template <class Make, class Step>
Array sweep(const Array& x, const std::vector<std::size_t>& cuts, Make make, Step step,
            py::ssize_t width) {
  auto primitive = make();
  const auto n = x.shape(0);
  Array out({n, width});
  std::size_t next = 0;
  for (py::ssize_t i = 0; i < n; ++i) {
    if (next < cuts.size() && cuts[next] == static_cast<std::size_t>(i)) {
      auto fresh = make();
      hand_over(primitive, fresh);
      primitive = std::move(fresh);
      ++next;
    }
    step(primitive, x.at(i), out.mutable_data(i, 0));
  }
  return out;
}

using Cuts = std::vector<std::size_t>;

Array moments(const Array& x, std::size_t window, std::uint64_t index, const Cuts& cuts) {
  return sweep(
      x, cuts,
      [=] {
        stat::RollingMoments<> m(window);
        m.reset(index);
        return m;
      },
      [](auto& m, double v, double* out) {
        const auto d = m.push(v);
        out[0] = d.dev;
        out[1] = d.variance;
        out[2] = d.mean;
      },
      3);
}

Array sum(const Array& x, std::size_t window, std::uint64_t index, const Cuts& cuts) {
  return sweep(
      x, cuts,
      [=] {
        stat::RollingSum s(window);
        s.reset(index);
        return s;
      },
      [](auto& s, double v, double* out) { *out = s.push(v); }, 1);
}

Array z_score(const Array& x, std::size_t window, bool relative, const Cuts& cuts) {
  const auto mode = relative ? stat::Epsilon::kRelative : stat::Epsilon::kAbsolute;
  return sweep(
      x, cuts, [=] { return stat::RollingZScore<>(window, mode); },
      [](auto& z, double v, double* out) { *out = z.push(v); }, 1);
}

Array quantile(const Array& x, std::size_t window, double p, const Cuts& cuts) {
  return sweep(
      x, cuts, [=] { return stat::RollingQuantile(window, p); },
      [](auto& q, double v, double* out) {
        q.push(v);
        *out = q.value();
      },
      1);
}

Array extreme(const Array& x, std::size_t window, double sign, const Cuts& cuts) {
  return sweep(
      x, cuts, [=] { return stat::RollingExtreme(window, sign); },
      [](auto& e, double v, double* out) { *out = e.push(v); }, 1);
}

Array lag_sum(const Array& x, const std::array<double, 4>& weights, const Cuts& cuts) {
  return sweep(
      x, cuts, [=] { return stat::LagSum<4>(weights); },
      [](auto& s, double v, double* out) { *out = s.push(v); }, 1);
}

Array slice_moments(const Array& x, const Cuts& cuts) {
  const auto capacity = static_cast<std::size_t>(x.shape(0));
  return sweep(
      x, cuts, [=] { return stat::SliceMoments(capacity); },
      [](auto& s, double v, double* out) {
        s.push(v);
        out[0] = s.variance();
        out[1] = s.sum();
      },
      2);
}

/// Allocations during the updates with the last `counted` values of x.
std::size_t rolling_allocations(int kind, std::size_t window, const Array& x, py::ssize_t counted) {
  tickeng::rolling::Recipe recipe;
  recipe.kind = static_cast<tickeng::rolling::Kind>(kind);
  recipe.window = window;
  recipe.alpha = 1.0 / static_cast<double>(window);
  const auto rolling = tickeng::rolling::make(recipe);
  std::size_t before = 0;
  for (py::ssize_t i = 0; i < x.shape(0); ++i) {
    if (i == x.shape(0) - counted) before = allocations.load();
    (void)rolling->update(x.at(i));
  }
  return allocations.load() - before;
}

/// Allocations during the last `counted` of n synthetic ticks of a fresh engine.
std::vector<std::size_t> ticks_that_allocate(const std::string& kernels, std::size_t n) {
  auto engine = tickeng::facade::make_engine(kernels, {}, {}, true);
  engine->intern("x");
  const double* row = nullptr;
  std::uint64_t random = 42;
  std::vector<std::size_t> found;
  found.reserve(n);
  for (std::size_t i = 0; i < n; ++i) {
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    const double u = static_cast<double>(random >> 11) / 9007199254740992.0;
    const auto ts = static_cast<tickeng::TimeNs>(1600000000000000000LL + i * 1000000LL);
    const std::size_t before = allocations.load();
    (void)engine->on_leader(ts, 100.0 + u, tickeng::Engine::kShared);
    (void)engine->on_trade(0, {ts, 100.0 + u, u, u < 0.5 ? std::int8_t{1} : std::int8_t{-1}},
                           tickeng::kNoId, &row);
    if (allocations.load() > before) found.push_back(i);
  }
  return found;
}

/// Allocations of each of so many batches of a mix of symbols, the first of which are to grow.
std::vector<std::size_t> allocations_per_batch(const std::string& kernels, std::uint32_t symbols,
                                               std::size_t rows, std::size_t batches) {
  auto engine = tickeng::facade::make_engine(kernels, {}, {}, true);
  for (std::uint32_t s = 0; s < symbols; ++s) engine->intern(std::to_string(s));
  std::vector<tickeng::TimeNs> ts_ns(rows, 1600000000000000000LL);
  std::vector<double> price(rows, 100.0), qty(rows, 1.0);
  std::vector<std::int8_t> side(rows, 1);
  std::vector<std::uint32_t> symbol(rows);
  std::vector<std::uint8_t> status(rows);
  std::vector<std::vector<double>> real(engine->outputs().size(), std::vector<double>(rows));
  std::vector<std::vector<std::uint8_t>> flag(real.size(), status);
  std::vector<tickeng::OutputColumn> columns;
  for (std::size_t c = 0; c < real.size(); ++c) {
    const bool is_flag = engine->outputs()[c].flag;
    columns.push_back({is_flag ? nullptr : real[c].data(), is_flag ? flag[c].data() : nullptr});
  }
  std::uint64_t random = 42;
  std::vector<std::size_t> found;
  for (std::size_t b = 0; b < batches; ++b) {
    for (std::size_t i = 0; i < rows; ++i) {
      random = random * 6364136223846793005ULL + 1442695040888963407ULL;
      symbol[i] = static_cast<std::uint32_t>((random >> 33) % symbols);
      ts_ns[i] = 1600000000000000000LL + static_cast<tickeng::TimeNs>((b * rows + i) * 1000);
      price[i] = 100.0 + static_cast<double>(random >> 60);
    }
    const std::size_t before = allocations.load();
    engine->run({ts_ns.data(), price.data(), qty.data(), side.data(), symbol.data(), nullptr, rows},
                columns, status.data());
    found.push_back(allocations.load() - before);
  }
  return found;
}

}  // namespace

PYBIND11_MODULE(tickeng_probe, m) {
  py::register_exception<tickeng::Error>(m, "ProbeError", PyExc_ValueError);
  const auto cuts = py::arg("cuts") = Cuts{};
  m.def("moments", &moments, py::arg("x"), py::arg("window"), py::arg("index") = 0, cuts);
  m.def("sum", &sum, py::arg("x"), py::arg("window"), py::arg("index") = 0, cuts);
  m.def("z_score", &z_score, py::arg("x"), py::arg("window"), py::arg("relative") = false, cuts);
  m.def("quantile", &quantile, py::arg("x"), py::arg("window"), py::arg("p"), cuts);
  m.def("extreme", &extreme, py::arg("x"), py::arg("window"), py::arg("sign"), cuts);
  m.def("lag_sum", &lag_sum, py::arg("x"), py::arg("weights"), cuts);
  m.def("slice_moments", &slice_moments, py::arg("x"), cuts);
  m.def("log", py::vectorize(&tickeng::log));
  m.def("log_ratio", py::vectorize(&tickeng::log_ratio));
  m.def(
      "kernel_fields",
      [](const std::string& name, const std::map<std::string, double>& settings) {
        return probe::kernel_fields(static_cast<probe::AllKernels*>(nullptr), name, settings);
      },
      py::arg("name"), py::arg("settings") = std::map<std::string, double>{});
  m.def("part_fields", &probe::part_fields);
  m.def("rolling_allocations", &rolling_allocations);
  m.def("ticks_that_allocate", &ticks_that_allocate);
  m.def("allocations_per_batch", &allocations_per_batch);
}
