#include "controllers/search/surface_model.h"

#include <doctest/doctest.h>

#include "tests/controllers/search/toy_workload.h"

using namespace flyball;

namespace {

QuantityPrior plain(const SearchSpace& space) {
  QuantityPrior prior;
  prior.mean = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(space.size()));
  prior.features = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(space.size()), 0);
  prior.deviation = 0.1;
  prior.length = 0.5;
  return prior;
}

}  // namespace

TEST_CASE("what was measured is believed, what is far away is uncertain") {
  const SearchSpace space = toy_space();
  const QuantityPrior prior = plain(space);
  const std::vector<SurfaceSample> samples = {{space.start(), 0.7, 0.002}};
  const SurfaceModel model(space, prior, samples);
  const SurfaceModel::Belief here = model.belief(space.start());
  CHECK(here.mean == doctest::Approx(0.7).epsilon(1e-3));
  CHECK(here.deviation < 0.003);
  const SurfaceModel::Belief near = model.belief(*space.moved(space.start(), 1, -1));
  const SurfaceModel::Belief far = model.belief(0);
  CHECK(far.mean == doctest::Approx(0.7).epsilon(1e-2));  // the level is the sample's
  CHECK(near.deviation < 0.5 * far.deviation);
  CHECK(far.deviation == doctest::Approx(0.1 * std::sqrt(2.0)).epsilon(0.05));
}

TEST_CASE("one feature with two samples is a line") {
  const SearchSpace space = toy_space();
  QuantityPrior prior = plain(space);
  prior.deviation = 1e-6;
  prior.features.resize(static_cast<Eigen::Index>(space.size()), 1);
  for (std::size_t c = 0; c < space.size(); ++c) {
    prior.features(static_cast<Eigen::Index>(c), 0) =
        space.logs(c)[1] - space.logs(space.start())[1];
  }
  const std::size_t low = *space.moved(space.start(), 1, -5);
  const std::size_t lower = *space.moved(space.start(), 1, -8);
  const auto truth = [&](std::size_t c) { return 0.2 - 0.8 * (space.logs(c)[1] - std::log(1e9)); };
  const std::vector<SurfaceSample> samples = {{space.start(), truth(space.start()), 0.001},
                                              {low, truth(low), 0.001}};
  const SurfaceModel model(space, prior, samples);
  CHECK(model.belief(lower).mean == doctest::Approx(truth(lower)).epsilon(0.01));
}

TEST_CASE("samples far from the prior make it more uncertain") {
  const SearchSpace space = toy_space();
  const QuantityPrior prior = plain(space);
  std::vector<SurfaceSample> samples = {{space.start(), 0.0, 0.002}};
  const double calm = fitted_model(space, prior, samples).belief(0).deviation;
  const std::size_t low = *space.moved(space.start(), 1, -6);
  samples.push_back({low, 0.6, 0.002});
  samples.push_back({*space.moved(low, 0, -4), -0.5, 0.002});
  CHECK(fitted_model(space, prior, samples).belief(0).deviation > 1.5 * calm);
}
