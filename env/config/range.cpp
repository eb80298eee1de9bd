#include "env/config/range.h"

#include <fmt/format.h>

namespace flyball {

std::string Range::text() const {
  if (unlimited()) return "finite";
  if (!has_high()) return fmt::format("{} {:g}", without_low ? ">" : ">=", low);
  if (!has_low()) return fmt::format("{} {:g}", without_high ? "<" : "<=", high);
  return fmt::format("in {}{:g}, {:g}{}", without_low ? "(" : "[", low, high,
                     without_high ? ")" : "]");
}

}  // namespace flyball
