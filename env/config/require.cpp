#include "env/config/require.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace flyball {

void require(bool holds, const std::string& key, double value, std::string_view range) {
  if (holds && std::isfinite(value)) return;
  throw std::invalid_argument(fmt::format("{} = {}: must be {}", key, value, range));
}

}  // namespace flyball
