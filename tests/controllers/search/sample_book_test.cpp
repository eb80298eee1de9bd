#include "controllers/search/sample_book.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "tests/controllers/search/toy_workload.h"

using namespace flyball;

TEST_CASE("samples of one candidate are pooled by their precision") {
  const SearchProblem problem = toy_problem(2.0);
  SampleBook book(problem);
  book.add({5, 1.0, 10.0, 0.02});
  book.add({5, 1.3, 13.0, 0.01});
  REQUIRE(book.find(5) != nullptr);
  CHECK(book.pooled().size() == 1);
  CHECK(book.find(5)->seconds == doctest::Approx(1.24));
  CHECK(book.find(5)->joules == doctest::Approx(12.4));
  CHECK(book.find(5)->error == doctest::Approx(0.01 / std::sqrt(1.25)));
  CHECK_FALSE(book.has(4));
}

TEST_CASE("the best keeps the limit and is the cheapest, if none does, it is the fastest") {
  const SearchProblem problem = toy_problem(1.0);
  SampleBook book(problem);
  CHECK_FALSE(book.best());
  book.add({1, 3.0, 1.0, 0.01});
  book.add({2, 2.0, 2.0, 0.01});
  CHECK(book.best() == 2);
  book.add({3, 0.9, 9.0, 0.01});
  book.add({4, 1.0, 8.0, 0.01});
  CHECK(book.best() == 4);
}

TEST_CASE("what is below a setting that is over the limit is ruled out, unless by little") {
  const SearchProblem problem = toy_problem(1.0);
  const std::size_t top = problem.space.start();
  const std::size_t slow = *problem.space.moved(top, 1, -1);
  SampleBook book(problem);
  book.add({top, 1.01, 5.0, 0.01});
  CHECK_FALSE(book.is_ruled_out(slow));
  book.add({slow, 1.1, 5.0, 0.01});
  CHECK(book.is_ruled_out(slow));
  CHECK(book.is_ruled_out(0));
  CHECK_FALSE(book.is_ruled_out(*problem.space.moved(top, 0, -1)));
}

TEST_CASE("impossible samples are refused") {
  const SearchProblem problem = toy_problem(1.0);
  SampleBook book(problem);
  CHECK_THROWS_AS(book.add({problem.space.size(), 1.0, 1.0, 0.01}), std::invalid_argument);
  CHECK_THROWS_WITH_AS(book.add({0, 0.0, 1.0, 0.01}), "seconds of a sample: must be above 0, not 0",
                       std::invalid_argument);
  CHECK_THROWS_AS(book.add({0, 1.0, std::numeric_limits<double>::infinity(), 0.01}),
                  std::invalid_argument);
}
