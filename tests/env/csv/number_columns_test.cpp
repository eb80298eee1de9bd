#include "env/csv/number_columns.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "env/errors.h"
#include "tests/support/temporary_file.h"

using namespace flyball;

namespace {

std::string error_of(const std::string& text) {
  const TemporaryFile file(text);
  try {
    read_number_columns(file.path(), {"hz", "watts"}, {"limit"});
  } catch (const DataError& error) {
    return std::string(error.what()).substr(file.path().size());
  }
  return "no error";
}

}  // namespace

TEST_CASE(
    "columns come in the order asked for, with their lines, and empty optional cells absent") {
  const TemporaryFile file("watts,limit,hz\n3.5,,100\n4,0.2,200\n");
  const auto rows = read_number_columns(file.path(), {"hz", "watts"}, {"limit"});
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].line == 2);
  CHECK(*rows[0].numbers[0] == 100.0);
  CHECK(*rows[0].numbers[1] == 3.5);
  CHECK(!rows[0].numbers[2]);
  CHECK(*rows[1].numbers[2] == 0.2);
}

TEST_CASE("an optional column may be missing altogether, a required one may not") {
  const TemporaryFile file("hz,watts\n1,2\n");
  CHECK(!read_number_columns(file.path(), {"hz", "watts"}, {"limit"}).front().numbers[2]);
  CHECK(error_of("hz\n1\n") == ":1: no column \"watts\"");
}

TEST_CASE("what is wrong is told with line and column") {
  CHECK(error_of("hz,wats\n1,2\n")
            .starts_with(":1: unknown column \"wats\"; did you mean \"watts\"?"));
  CHECK(error_of("hz,watts\n1,x\n").starts_with(":2:3: watts: 'x': expected "));
  CHECK(error_of("hz,watts\n1,\n").starts_with(":2:3: watts: "));
  CHECK(error_of("hz,watts\n1,inf\n").starts_with(":2:3: watts: "));
  CHECK_THROWS_AS(read_number_columns("/nowhere/t.csv", {"hz"}), DataError);
}
