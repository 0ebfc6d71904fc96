// What bindings include: the engine behind plain structs and spans. It does not grow with the
// kernels; their names, parameters and outputs come as data from catalogue_json() and
// Engine::outputs().
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tickeng/engine/balance.hpp"
#include "tickeng/engine/engine.hpp"
#include "tickeng/engine/tick_summary.hpp"
#include "tickeng/parallel/cpu_map.hpp"
#include "tickeng/parallel/parallel_engine.hpp"

namespace tickeng::facade {

/// Every kernel as JSON: id, name, aliases, parameters, outputs, inputs, memory, state version.
[[nodiscard]] std::string catalogue();
/// Every preset as JSON: name, summary, text.
[[nodiscard]] std::string presets();

/// What a pipeline's text comes to under these settings, as JSON: every node's names, kernel, what
/// it computes and its inputs. Throws ConfigError.
[[nodiscard]] std::string nodes(std::string_view kernels, const std::vector<Setting>& settings);

/// Bytes that the windows of one symbol take once they are full. Throws ConfigError.
[[nodiscard]] std::size_t symbol_bytes(std::string_view kernels,
                                       const std::vector<Setting>& settings);

/// An engine for a selection of kernels. Throws ConfigError.
[[nodiscard]] std::unique_ptr<Engine> make_engine(std::string_view kernels,
                                                  const std::vector<Setting>& settings,
                                                  const EngineOptions& options, bool fused);

/// The same spread over threads, new or from saved state. Throws ConfigError, StateError,
/// DataError.
[[nodiscard]] std::unique_ptr<ParallelEngine> make_parallel(std::string_view kernels,
                                                            const std::vector<Setting>& settings,
                                                            const EngineOptions& options,
                                                            const ParallelOptions& parallel,
                                                            std::string_view state);

/// Compiler, language standard and the relevant flags of this build.
[[nodiscard]] std::string build_info();

}  // namespace tickeng::facade
