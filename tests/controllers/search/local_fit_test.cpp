#include "controllers/search/local_fit.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/controllers/search/toy_workload.h"

using namespace flyball;

TEST_CASE("a single sample is continued by an average workload's slopes") {
  const SearchSpace space = toy_space();
  const std::vector<SearchSample> samples = {{space.start(), 2.0, 5.0, 0.001}};
  const LocalFit fit(space, samples, space.start(), 0.5);
  CHECK(fit.log_seconds(space.start()) == doctest::Approx(std::log(2.0)));
  const std::size_t half = *space.moved(space.start(), 0, -4);
  CHECK(fit.log_seconds(half) == doctest::Approx(std::log(2.0) + std::log(2.0) / 3.0));
  CHECK(fit.log_joules(half) < std::log(5.0));
}

TEST_CASE("samples along a knob give its slope") {
  const SearchSpace space = toy_space();
  std::vector<SearchSample> samples;
  for (const int down : {0, 1, 2, 3}) {
    const std::size_t there = *space.moved(space.start(), 1, -down);
    samples.push_back({there, 1e9 / space.value(there, 1), 7.0, 0.001});
  }
  const LocalFit fit(space, samples, space.start(), 0.5);
  const std::size_t next = *space.moved(space.start(), 1, -4);
  CHECK(fit.log_seconds(next) == doctest::Approx(std::log(1.0 / 0.6)).epsilon(0.05));
  CHECK(fit.log_joules(next) == doctest::Approx(std::log(7.0)).epsilon(0.02));
}
