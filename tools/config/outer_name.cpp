#include "tools/config/outer_name.h"

#include <fmt/format.h>

namespace flyball {

ConfigError with_outer_name(const ConfigError& error, std::string_view name) {
  constexpr std::string_view kOption = "--set ";
  const std::string_view message = error.what();
  if (!message.starts_with(kOption)) return error;
  return ConfigError(fmt::format("{}{}.{}", kOption, name, message.substr(kOption.size())));
}

}  // namespace flyball
