#include "tools/reproduce/common/results_page.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>

#include "env/errors.h"

using namespace flyball;

namespace {

std::string section() {
  ReproductionTable table("t");
  table.check("best | fixed", 10.0, 13.5, "J", 2.0);
  table.show_interval("saved", 5.0, 4.0, 6.0, "%");
  table.note("A note.");
  return results_section({"flyball reproduce t", "abc123", "2 threads", "2026-01-02"}, table);
}

}  // namespace

TEST_CASE("a section says how it was measured, and which figures fail") {
  const std::string text = section();
  CHECK(text.starts_with("`flyball reproduce t`, commit abc123, 2026-01-02, on 2 threads.\n\n"));
  CHECK(text.find("| best \\| fixed | 10 | 13.5 | J | 2 | FAILS |\n") != std::string::npos);
  CHECK(text.find("| saved | - | 5 | % | - | shown, 4 .. 6 |\n") != std::string::npos);
  CHECK(text.ends_with("\nA note.\n"));
}

TEST_CASE("a page's section is replaced, and what stands around it is kept") {
  const std::string first = with_results("", "t: a title", "old\n");
  CHECK(first.starts_with("# t: a title\n"));
  const std::string around = "Before.\n" + first + "After.\n";
  const std::string second = with_results(around, "not used", section());
  CHECK(second.starts_with("Before.\n# t: a title\n"));
  CHECK(second.ends_with("After.\n"));
  CHECK(second.find("old") == std::string::npos);
  CHECK(with_results(second, "", section()) == second);
}

TEST_CASE("a page without the marks is not written over") {
  CHECK_THROWS_WITH_AS(with_results("# mine\n", "t", "new\n"), doctest::Contains("measured"),
                       DataError);
}

TEST_CASE("what is measured here names this program's commit and a date") {
  const Measured how = measured("flyball reproduce t");
  CHECK_FALSE(how.commit.empty());
  CHECK(how.date.size() == 10);
  CHECK(how.machine.find("threads") != std::string::npos);
}
