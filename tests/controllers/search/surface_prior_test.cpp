#include "controllers/search/surface_prior.h"

#include <doctest/doctest.h>

#include <stdexcept>

#include "tests/controllers/search/toy_workload.h"

using namespace flyball;

namespace {

Eigen::Index at(std::size_t i) { return static_cast<Eigen::Index>(i); }

}  // namespace

TEST_CASE("the prior of other workloads is their mean, relative to the start") {
  const SearchSpace space = toy_space();
  const std::vector<WorkloadSurface> others = {toy_surface(space, {0.1, 0.8, 0.1}),
                                               toy_surface(space, {0.3, 0.5, 0.2})};
  const SurfacePrior prior = learned_prior(space, others);
  CHECK(prior.is_learned);
  CHECK(prior.seconds.mean[at(space.start())] == doctest::Approx(0.0));
  const std::size_t c = 7;
  const double expected = 0.5 * (std::log(others[0].seconds[c] / others[0].seconds[space.start()]) +
                                 std::log(others[1].seconds[c] / others[1].seconds[space.start()]));
  CHECK(prior.seconds.mean[at(c)] == doctest::Approx(expected));
  CHECK(prior.seconds.features.row(at(space.start())).norm() == doctest::Approx(0.0));
  CHECK(prior.seconds.deviation > 0.0);
}

TEST_CASE("workloads that are alike leave less uncertain than workloads that are not") {
  const SearchSpace space = toy_space();
  const auto uncertain = [&](const ToyShares& a, const ToyShares& b) {
    const std::vector<WorkloadSurface> others = {toy_surface(space, a), toy_surface(space, b)};
    const SurfacePrior prior = learned_prior(space, others);
    return prior.seconds.features.row(0).norm();
  };
  CHECK(uncertain({0.1, 0.8, 0.1}, {0.11, 0.79, 0.1}) <
        0.5 * uncertain({0.1, 0.8, 0.1}, {0.6, 0.2, 0.2}));
}

TEST_CASE("a single other workload leaves every knob's share open") {
  const SearchSpace space = toy_space();
  const std::vector<WorkloadSurface> others = {toy_surface(space, {0.1, 0.8, 0.1})};
  const SurfacePrior prior = learned_prior(space, others);
  CHECK_FALSE(prior.is_learned);
  CHECK(prior.seconds.features.cols() == 3);
  CHECK(prior.seconds.features.row(0).norm() > 0.1);
}

TEST_CASE("the board's physics: lower clocks are slower, and cheaper at first") {
  const SearchSpace space = toy_space();
  const SurfacePrior prior = generic_prior(space);
  CHECK_FALSE(prior.is_learned);
  for (std::size_t k = 0; k < space.knob_count(); ++k) {
    const std::size_t lower = *space.moved(space.start(), k, -1);
    CHECK(prior.seconds.mean[at(lower)] > 0.0);
    const double step = space.logs(space.start())[k] - space.logs(lower)[k];
    if (step < 0.2) CHECK(prior.joules.mean[at(lower)] < 0.0);
  }
}

TEST_CASE("a larger batch takes longer and costs less per request") {
  const SearchSpace space({{"gpu", {5e8, 1e9}, {0}}, {"batch", {1.0, 4.0}, {}}}, {{0, 1}, {0, 1}});
  const SurfacePrior prior = generic_prior(space);
  const std::size_t alone = *space.moved(space.start(), 1, -1);
  CHECK(prior.seconds.mean[at(alone)] < 0.0);
  CHECK(prior.joules.mean[at(alone)] > 0.0);
}

TEST_CASE("a surface with a gap is refused, by the workload's name") {
  const SearchSpace space = toy_space();
  WorkloadSurface surface = toy_surface(space, {});
  surface.workload = "resnet18";
  surface.joules[3] = 0.0;
  CHECK_THROWS_WITH_AS(learned_prior(space, std::vector{surface}),
                       "joules of resnet18: not one value above 0 for each of 240 settings",
                       std::invalid_argument);
}

TEST_CASE("a flat prior believes nothing but that any knob may matter much") {
  const SearchSpace space = toy_space();
  const SurfacePrior prior = flat_prior(space);
  CHECK_FALSE(prior.is_learned);
  CHECK(prior.seconds.mean.norm() == 0.0);
  CHECK(prior.seconds.features.cols() == 3);
  CHECK(prior.seconds.features.row(0).norm() >
        2.0 * generic_prior(space).seconds.features.row(0).tail(3).norm());
}
