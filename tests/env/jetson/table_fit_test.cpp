#include "env/jetson/table_fit.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

#include "tests/support/error_text.h"

using namespace flyball;

namespace {

const std::vector<double> kBoard = {102e6, 204e6, 408e6, 510e6};

KnownTable known(std::vector<double> levels, std::vector<bool> used) {
  return {"gpu", std::move(levels), std::move(used)};
}

}  // namespace

TEST_CASE("each level becomes the board's own frequency for it, not the one of its index") {
  CHECK(fit_table(known({204e6, 408e6}, {true, true}), kBoard) ==
        std::vector<double>{204e6, 408e6});
  CHECK(fit_table(known({203.5e6, 411e6}, {true, true}), kBoard) ==
        std::vector<double>{204e6, 408e6});
}

TEST_CASE("a level that is never asked for may be any distance away") {
  CHECK(fit_table(known({10e6, 204e6, 921e6}, {false, true, false}), kBoard) ==
        std::vector<double>{102e6, 204e6, 510e6});
}

TEST_CASE("a level that is asked for is within one per cent") {
  CHECK(fit_table(known({400e6 * 1.0303}, {true}), {412e6}) == std::vector<double>{412e6});
  CHECK_NOTHROW(fit_table(known({100e6}, {true}), {101e6}));
  CHECK_NOTHROW(fit_table(known({100e6}, {true}), {99e6}));
  CHECK_THROWS_AS(fit_table(known({100e6}, {true}), {101.1e6}), std::runtime_error);
  CHECK_THROWS_AS(fit_table(known({100e6}, {true}), {98.9e6}), std::runtime_error);
}

TEST_CASE("a level that the board does not have is refused with both tables") {
  const std::string text = error_text([] {
    fit_table(known({204e6, 921.6e6}, {true, true}), kBoard);
  });
  CHECK(text ==
        "knob gpu: the policy sets 921.6 MHz, which this board does not have; the policy's table: "
        "204, 921.6 MHz; the board's: 102, 204, 408, 510 MHz; train a policy for this table");
}
