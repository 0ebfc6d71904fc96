// What a symbol may be called, and how many there may be. Names come from outside and go into
// files, terminals and messages: a NUL would end one early and make two symbols one, a newline or
// an escape would act where it is printed, and a name of a megabyte would be kept with every row.
// Trap: states that were saved before keep the names they have; only new ones are looked at.
#pragma once

#include <cstddef>
#include <string_view>

namespace tickeng {

class Pipeline;
struct EngineOptions;

/// Throws DataError for an empty name, one that is too long, or one with control characters.
void check_symbol_name(std::string_view name, const EngineOptions& options);

/// Throws DataError, with the memory that more would take, where `known` symbols are as many as may
/// be.
void check_symbol_count(std::size_t known, const EngineOptions& options, const Pipeline& pipeline);

}  // namespace tickeng
