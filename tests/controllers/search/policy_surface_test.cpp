#include "controllers/search/policy_surface.h"

#include <doctest/doctest.h>

#include <functional>

#include "controllers/search/bayes_search.h"
#include "env/action_space.h"
#include "tests/controllers/search/toy_workload.h"
#include "tests/support/error_text.h"

using namespace flyball;
using doctest::Approx;

namespace {

// Of the toy's clocks, or some of them; predicts what `surface` says whatever it observes.
PolicyFile policy_of(const SearchSpace& space, const std::vector<std::size_t>& knobs,
                     const WorkloadSurface& surface) {
  PolicyFile file;
  PolicyMetadata& metadata = file.metadata;
  metadata.board = "toy";
  for (const std::size_t k : knobs) {
    metadata.knobs.push_back({space.knobs()[k].name, space.knobs()[k].levels});
  }
  metadata.encoder.with_effective = metadata.encoder.with_utilization = false;
  metadata.encoder.with_previous_action = metadata.encoder.with_vector_to_go = false;
  metadata.constraint = ConstraintLimit{ConstraintKind::kLatency, 2.0};
  metadata.training = PolicyTraining{SpanCredit::kWholeBatches, 0.0};
  metadata.reward.energy_reference_joules = 4.0;
  metadata.cost_output = metadata.constraint_output = {0.0, 1.0, true};
  const ActionSpace actions = action_space_of(metadata.knobs);
  metadata.support.assign(actions.size(), 1);
  Tensor costs{{actions.size()}, {}};
  Tensor seconds = costs;
  std::vector<Level> own(knobs.size());
  for (std::size_t action = 0; action < actions.size(); ++action) {
    actions.levels_of(action, own);
    std::vector<Level> levels = space.levels_of(space.start());
    for (std::size_t k = 0; k < knobs.size(); ++k) levels[knobs[k]] = own[k];
    const std::size_t c = *space.candidate_of(levels);
    costs.values.push_back(static_cast<float>(std::log(surface.joules[c] / 4.0)));
    seconds.values.push_back(static_cast<float>(std::log(surface.seconds[c])));
  }
  const Tensor weight{{actions.size(), 1}, std::vector<float>(actions.size(), 0.0F)};
  file.tensors = {{"cost.0.weight", weight},
                  {"cost.0.bias", costs},
                  {"constraint.0.weight", weight},
                  {"constraint.0.bias", seconds}};
  return file;
}

PolicyFile toy_policy(const std::vector<std::size_t>& knobs = {0, 1, 2}) {
  const SearchSpace space = toy_space();
  return policy_of(space, knobs, toy_surface(space, {0.2, 0.7, 0.1}));
}

std::string refusal(const std::function<void(PolicyFile&)>& change,
                    const SearchSpace& space = toy_space()) {
  PolicyFile file = toy_policy();
  change(file);
  return error_text([&] { policy_surface("P.flyball", file, space, "toy"); });
}

}  // namespace

TEST_CASE("a policy's predictions are a surface, in seconds and joules per request") {
  const SearchSpace space = toy_space();
  const WorkloadSurface truth = toy_surface(space, {0.2, 0.7, 0.1});
  const WorkloadSurface surface = policy_surface("P.flyball", toy_policy(), space, "toy");
  CHECK(surface.workload == "P.flyball");
  for (std::size_t c = 0; c < space.size(); ++c) {
    CHECK(surface.seconds[c] == Approx(truth.seconds[c]).epsilon(1e-5));
    CHECK(surface.joules[c] == Approx(truth.joules[c]).epsilon(1e-5));
  }
}

TEST_CASE("what waiting costs is taken out of a cost of both") {
  PolicyFile file = toy_policy();
  file.metadata.reward.eta = 0.5;
  file.metadata.reward.latency_reference_seconds = 4.0;
  const SearchSpace space = toy_space();
  const WorkloadSurface whole = policy_surface("P", toy_policy(), space, "toy");
  const WorkloadSurface part = policy_surface("P", file, space, "toy");
  const std::size_t c = space.start();
  const double cost = whole.joules[c] / 4.0;  // 0.5 E / 4 + 0.5 W / 4
  CHECK(part.joules[c] == Approx(4.0 * (cost - 0.125 * whole.seconds[c]) / 0.5).epsilon(1e-5));
}

TEST_CASE("between levels logarithms are interpolated, and beyond the table its end counts") {
  const SearchSpace space = toy_space();
  std::vector<Knob> knobs(space.knobs().begin(), space.knobs().end());
  knobs[1].levels = {5e7, 1e8, 1e8 * std::sqrt(2.0), 2e8, 1e9};
  const SearchSpace finer(knobs, {{0, 7}, {0, 4}, {0, 2}});
  const WorkloadSurface surface = policy_surface("P", toy_policy(), finer, "toy");
  const auto at = [&](Level gpu) {
    return surface.seconds[*finer.candidate_of(std::vector<Level>{7, gpu, 2})];
  };
  CHECK(at(0) == Approx(at(1)));
  CHECK(at(2) == Approx(std::sqrt(at(1) * at(3))).epsilon(1e-5));
  CHECK(at(4) == Approx(1.0).epsilon(1e-5));
}

TEST_CASE("on another board's tables levels are taken relative to the highest") {
  const SearchSpace space = toy_space();
  std::vector<Knob> knobs(space.knobs().begin(), space.knobs().end());
  for (double& hertz : knobs[1].levels) hertz *= 2.0;
  const SearchSpace twice(knobs, {{0, 7}, {0, 9}, {0, 2}});
  const WorkloadSurface own = policy_surface("P", toy_policy(), space, "toy");
  const WorkloadSurface other = policy_surface("P", toy_policy(), twice, "other");
  for (std::size_t c = 0; c < space.size(); ++c) {
    CHECK(other.seconds[c] == Approx(own.seconds[c]).epsilon(1e-6));
  }
  const std::size_t low = *space.candidate_of(std::vector<Level>{7, 1, 2});  // 400 MHz of 1 GHz
  CHECK(policy_surface("P", toy_policy(), twice, "toy").seconds[low] < own.seconds[low]);
}

TEST_CASE("settings that the logs did not hold are as the nearest one that they did") {
  PolicyFile file = toy_policy();
  const SearchSpace space = toy_space();
  const std::size_t unseen = *space.candidate_of(std::vector<Level>{0, 0, 0});
  const std::size_t nearest = *space.candidate_of(std::vector<Level>{0, 1, 0});
  for (std::size_t c = 0; c < space.size(); ++c) file.metadata.support[c] = c == unseen ? 0 : 1;
  file.tensors["cost.0.bias"].values[unseen] = 50.0F;
  for (const std::size_t c : {*space.candidate_of(std::vector<Level>{1, 0, 0}),
                              *space.candidate_of(std::vector<Level>{0, 0, 1})}) {
    file.metadata.support[c] = 0;
  }
  const WorkloadSurface surface = policy_surface("P", file, space, "toy");
  CHECK(surface.joules[unseen] == Approx(surface.joules[nearest]));
}

TEST_CASE("a clock that the policy does not turn does what the board's physics says") {
  const SearchSpace space = toy_space();
  const WorkloadSurface surface = policy_surface("P", toy_policy({1}), space, "toy");
  const SurfacePrior physics = generic_prior(space);
  const std::size_t lower = *space.moved(space.start(), 2, -1);
  const double ratio = surface.seconds[lower] / surface.seconds[space.start()];
  CHECK(std::log(ratio) == Approx(physics.seconds.mean[static_cast<Eigen::Index>(lower)]));
  CHECK(ratio > 1.02);
  const std::size_t gpu = *space.moved(space.start(), 1, -3);
  CHECK(surface.seconds[gpu] == Approx(0.3 + 0.7 / 0.7).epsilon(1e-5));
}

TEST_CASE("with a policy of another workload a certified search needs fewer samples, and is safe") {
  const auto samples_until_near = [](const SurfacePrior& prior) {
    SearchProblem problem = toy_problem(1.5);
    problem.prior = prior;
    for (std::size_t samples = 1; samples <= 20; ++samples) {
      BayesSearch search(problem, {.mode = SearchMode::kCertified});
      const ToyRun run = run_toy(problem, search, samples);
      CHECK(run.worst <= 1.0);
      if (run.keeps && run.gap < 0.06) return samples;
    }
    return std::size_t{21};
  };
  const SearchSpace space = toy_space();
  const std::vector<WorkloadSurface> policy = {policy_surface("P", toy_policy(), space, "toy")};
  const std::size_t with_policy = samples_until_near(learned_prior(space, policy));
  const std::size_t without = samples_until_near(flat_prior(space));
  CAPTURE(with_policy);
  CAPTURE(without);
  CHECK(with_policy < without);
}

TEST_CASE("a policy that does not tell what settings cost is refused, with the reason") {
  CHECK(refusal([](auto&) {}) == "no error");
  CHECK(refusal([](auto& f) { f.metadata.training->credit = SpanCredit::kPeriod; }) ==
        "P.flyball: is no policy of a saturated job (credit = \"whole_batches\", gamma = 0): it "
        "does not predict what a request costs");
  CHECK(refusal([](auto& f) { f.metadata.training->gamma = 0.5; }).find("saturated") !=
        std::string::npos);
  CHECK(refusal([](auto& f) { f.metadata.training.reset(); }).find("saturated") !=
        std::string::npos);
  CHECK(refusal([](auto& f) { f.metadata.constraint->kind = ConstraintKind::kMissRate; }) ==
        "P.flyball: predicts no latency: train it with a limit on latency");
  CHECK(refusal([](auto& f) { f.metadata.reward.eta = 0.0; }) ==
        "P.flyball: eta = 0: it predicts no energy");
  CHECK(refusal([](auto& f) { f.metadata.reward.miss_penalty = 1.0; }).find("price of a miss") !=
        std::string::npos);
  CHECK(refusal([](auto& f) { f.metadata.knobs[1].cap = true; }).find("caps gpu") !=
        std::string::npos);
  CHECK(refusal([](auto& f) {
          f.metadata.support.assign(f.metadata.support.size(), 0);
          f.metadata.support[3] = 1;
        }).find("one setting alone") != std::string::npos);
  CHECK(refusal([](auto& f) {
          f.metadata.cost_output = {0.0, -1.0, false};
        }).find("not sure enough of its settings") != std::string::npos);
}

TEST_CASE("a policy of other knobs is refused") {
  const SearchSpace space = toy_space();
  const SearchSpace dla({{"dla", {1e8, 2e8}, {0}}}, {{0, 1}});
  CHECK(refusal([](auto&) {}, dla) == "P.flyball: turns no knob that is searched");
  CHECK(refusal([](auto& f) {
          f.metadata.knobs[2] = {"batch", {1.0, 2.0, 4.0}, true};
        }).find("turns batch, which is not searched") != std::string::npos);
}
