#include "tools/guard/guard_wire.h"

#include "env/jetson/jetson_error.h"
#include "env/plant.h"

namespace flyball {

namespace {

const std::error_category* category_of(std::uint32_t number) noexcept {
  const std::error_category* const known[] = {&std::generic_category(), &std::system_category(),
                                              &jetson_category(), &plant_category()};
  return number < std::size(known) ? known[number] : nullptr;
}

}  // namespace

WireError to_wire(const std::error_code& error) noexcept {
  for (std::uint32_t number = 0; const std::error_category* known = category_of(number); ++number) {
    if (*known == error.category()) return {number, error.value()};
  }
  return {0, error ? EIO : 0};
}

std::error_code from_wire(const WireError& error) noexcept {
  const std::error_category* const known = category_of(error.category);
  return known != nullptr ? std::error_code(error.value, *known)
                          : std::make_error_code(std::errc::protocol_error);
}

}  // namespace flyball
