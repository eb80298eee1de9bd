// Errors of a file that another names, in which "--set KEY=VALUE" is cited by the file's own key.
// Pure functions.
#pragma once

#include <string_view>

#include "env/errors.h"

namespace flyball {

// With the key as it was given: "--set NAME.KEY=VALUE". Other errors stay as they are.
ConfigError with_outer_name(const ConfigError& error, std::string_view name);
// What `read` returns; its errors with the outer name.
template <typename Read>
auto citing_under(std::string_view name, const Read& read) {
  try {
    return read();
  } catch (const ConfigError& error) {
    throw with_outer_name(error, name);
  }
}

}  // namespace flyball
