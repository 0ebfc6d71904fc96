#include "tickeng/facade/engine.hpp"

#include "tickeng/graph/registry.hpp"

namespace tickeng::facade {
namespace {

std::shared_ptr<const Pipeline> checked(std::string_view kernels,
                                        const std::vector<Setting>& settings, bool fused) {
  auto pipeline = std::make_shared<const Pipeline>(kernels, settings, fused);
  pipeline->check();
  return pipeline;
}

}  // namespace

std::string catalogue() { return catalogue_json(); }

std::string presets() { return presets_json(); }

std::string nodes(std::string_view kernels, const std::vector<Setting>& settings) {
  return nodes_json(Pipeline(kernels, settings));
}

std::size_t symbol_bytes(std::string_view kernels, const std::vector<Setting>& settings) {
  return Pipeline(kernels, settings).graph_bytes();
}

std::unique_ptr<Engine> make_engine(std::string_view kernels, const std::vector<Setting>& settings,
                                    const EngineOptions& options, bool fused) {
  return std::make_unique<Engine>(checked(kernels, settings, fused), options);
}

std::unique_ptr<ParallelEngine> make_parallel(std::string_view kernels,
                                              const std::vector<Setting>& settings,
                                              const EngineOptions& options,
                                              const ParallelOptions& parallel,
                                              std::string_view state) {
  return std::make_unique<ParallelEngine>(checked(kernels, settings, true), options, parallel,
                                          state);
}

std::string build_info() {
  std::string info = "g++ " __VERSION__;
#if defined(__clang__)
  info = "clang " __VERSION__;
#endif
  info += ", C++" + std::to_string(__cplusplus / 100 % 100);
#if defined(__AVX512F__)
  info += ", AVX-512";
#elif defined(__AVX2__)
  info += ", AVX2";
#else
  info += ", x86-64";
#endif
#if defined(__FAST_MATH__)
  info += ", FAST MATH (results are not the specified bits)";
#endif
  return info;
}

}  // namespace tickeng::facade
