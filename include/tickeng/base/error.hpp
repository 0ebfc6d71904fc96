// Typed errors of construction, configuration and loading. The hot path never throws.
#pragma once

#include <stdexcept>
#include <string>

namespace tickeng {

/// Root of everything the core throws.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// A setting is unknown, of the wrong type or out of bounds.
struct ConfigError : Error {
  using Error::Error;
};
/// Bytes from outside are damaged, truncated or not what they claim to be.
struct DataError : Error {
  using Error::Error;
};
/// Saved state does not fit this engine (other configuration, kernel or version).
struct StateError : Error {
  using Error::Error;
};

}  // namespace tickeng
