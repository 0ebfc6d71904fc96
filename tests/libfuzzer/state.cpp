// Saved states. The first byte chooses an engine's kernels, or from 128 on a rolling primitive; the
// rest is the state. What loads must save as it was loaded, and run. `--seeds FOLDER` writes states
// of sound objects.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "../cpp/draw.hpp"
#include "input.hpp"
#include "tickeng/base/error.hpp"
#include "tickeng/facade/engine.hpp"
#include "tickeng/facade/rolling.hpp"

namespace {

using namespace tickeng;

struct Choice {
  const char* kernels;
  std::vector<Setting> settings;
};

const Choice kChoices[] = {
    {"chain",
     {{"k1", "flow_window", {8}},
      {"k1", "window", {16}},
      {"k2", "window", {16}},
      {"k3", "mean_window", {8}},
      {"k3", "window", {16}},
      {"v_norm", "window", {16}},
      {"impact", "norm_window", {16}},
      {"k4", "norm_window", {16}},
      {"k4", "mean_window", {8}},
      {"k4", "window", {16}},
      {"hurst", "window", {64}},
      {"efficiency", "window", {64}},
      {"regime", "step", {32}}}},
    {"trade_flow", {{"trade_flow", "window", {8}}}},
    {"speed,toxicity", {}},
    {"v_norm", {{"v_norm", "window", {16}}}},
};

std::unique_ptr<Engine> engine_of(unsigned choice) {
  const Choice& chosen = kChoices[choice % std::size(kChoices)];
  EngineOptions options;
  options.dedupe_id = choice % 2 == 1;
  options.max_symbols = 64;
  return facade::make_engine(chosen.kernels, chosen.settings, options, choice % 3 != 0);
}

void feed(Engine& engine, int trades) {
  Draw draw;
  const SymbolId symbols[] = {engine.intern("A"), engine.intern("B")};
  for (int i = 0; i < trades; ++i) {
    const Trade trade{1'000'000'000 * (1'700'000'000LL + i), 100 + draw(), draw(),
                      static_cast<std::int8_t>(i % 3 - 1)};
    const double* row = nullptr;
    if (i % 5 == 0) engine.on_leader(trade.ts_ns - 1, 99 + draw(), Engine::kShared);
    (void)engine.on_trade(symbols[i % 2], trade, i, &row);
  }
}

constexpr unsigned kPrimitive = 128;
constexpr auto kKinds = static_cast<unsigned>(rolling::Kind::kEwmStd) + 1;

void write_seed(const std::filesystem::path& folder, unsigned choice, int ticks,
                const std::string& state) {
  const std::string name = std::to_string(choice) + "-" + std::to_string(ticks) + ".seed";
  std::ofstream(folder / name, std::ios::binary) << static_cast<char>(choice) << state;
}

int write_seeds(const std::filesystem::path& folder) {
  for (unsigned choice = 0; choice < 2 * std::size(kChoices); ++choice) {
    for (const int trades : {0, 7, 90}) {
      const auto engine = engine_of(choice);
      feed(*engine, trades);
      write_seed(folder, choice, trades, engine->save());
    }
  }
  for (unsigned kind = 0; kind < kKinds; ++kind) {
    rolling::Recipe recipe;
    recipe.kind = static_cast<rolling::Kind>(kind);
    recipe.window = 8;
    recipe.alpha = 0.25;
    const auto made = rolling::make(recipe);
    for (int i = 0; i < 20; ++i) (void)made->update(i % 7);
    write_seed(folder, kPrimitive + kind, 20, made->save());
  }
  return 0;
}

void load_engine(unsigned choice, std::string_view state) {
  const auto engine = engine_of(choice), twin = engine_of(choice);
  engine->load(state);
  const std::string saved = engine->save();
  try {
    twin->load(saved);
  } catch (const Error& error) {
    expect(false, error.what());
  }
  expect(twin->save() == saved, "a state that was loaded saves and loads as it is");
  if (engine->symbols().size() < 32) feed(*engine, 40);
}

void load_primitive(std::string_view state) {
  const auto made = rolling::load(state);
  expect(rolling::load(made->save())->save() == made->save(), "a primitive saves as it was loaded");
  double values[40], answers[40];
  for (int i = 0; i < 40; ++i) values[i] = i % 7;
  made->run(values, 40, answers);
  for (int i = 0; i < 40; ++i) (void)made->update(i % 5);
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* count, char*** words) {
  if (*count == 3 && std::string_view((*words)[1]) == "--seeds")
    std::exit(write_seeds((*words)[2]));
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Copy state({reinterpret_cast<const char*>(data) + 1, size - 1});
  const std::string_view bytes(state.begin(), state.size());
  try {
    if (data[0] < kPrimitive) load_engine(data[0], bytes);
    else load_primitive(bytes);
  } catch (const Error&) {
  }
  return 0;
}
