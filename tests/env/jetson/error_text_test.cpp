#include "env/jetson/error_text.h"

#include <doctest/doctest.h>

#include <string>

#include "env/jetson/jetson_error.h"
#include "env/plant.h"
#include "tests/support/allocation_counter.h"

using namespace flyball;

TEST_CASE("an error's text is its message, and costs no allocation") {
  for (int number = 1; number < 133; ++number) {
    for (const std::error_category* category :
         {&std::generic_category(), &std::system_category(), &jetson_category()}) {
      const std::error_code error(number, *category);
      const std::size_t before = allocation_count();
      const ErrorText text(error);
      CHECK(allocation_count() == before);
      const bool is_known = *category != jetson_category() || number <= 10;
      CHECK(std::string(text.get()) == (is_known ? error.message() : ""));
    }
  }
}

TEST_CASE("of an error of elsewhere where it is from is told") {
  CHECK(ErrorText(PlantError::kSteppedAside).get() == "plant");
}
