#include "agent/least_squares_trainer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "policies/dense_policy.h"
#include "tests/agent/noisy_log.h"
#include "tests/support/temporary_directory.h"

using namespace flyball;
using noisy_log::energy;
using noisy_log::kLevels;
using noisy_log::latency;

namespace {

TrainerConfig per_request(double limit) {
  TrainerConfig config;
  config.kind = LearnerKind::kLeastSquares;
  config.objective.per_request = true;
  config.objective.constraint = ConstraintLimit{ConstraintKind::kLatency, limit, 1.0};
  config.degree = 5;
  return config;
}

bool always(const TrainingProgress&) { return true; }

PolicyFile train(const TrainerConfig& config, const TrainingSet& set) {
  const auto trainer = make_trainer(config, set);
  trainer->run(50, always);
  return trainer->policy(noisy_log::encoder(), "test");
}

double best_energy(double limit) {
  double best = 1e9;
  for (std::size_t l = 0; l < kLevels; ++l) {
    if (latency(l) <= limit) best = std::min(best, energy(l));
  }
  return best;
}

}  // namespace

TEST_CASE("in one step the cheapest level that keeps the limit is found") {
  for (const double limit : {10.0, 1.4, 1.2}) {
    CAPTURE(limit);
    const TrainerConfig config = per_request(limit);
    const TrainingSet set = noisy_log::make(600);
    LeastSquaresTrainer trainer(config, set);
    int reports = 0;
    trainer.run(50, [&](const TrainingProgress& progress) {
      CHECK(progress.step == 1);
      ++reports;
      return true;
    });
    CHECK(reports == 1);
    DensePolicy policy(trainer.policy(noisy_log::encoder(), "test"));
    const std::size_t level = policy.decide(std::vector<float>{1.0F, 0.01F, 0.0F});
    CHECK(latency(level) <= limit);
    CHECK(energy(level) < best_energy(limit) * 1.01);
    CHECK(policy.is_feasible());
    const TrainingEstimate estimate = trainer.estimate(prepared(config, set));
    CHECK(estimate.saving() ==
          doctest::Approx(1.0 - energy(level) / energy(kLevels - 1)).epsilon(0.1));
    CHECK(*estimate.policy_constraint == doctest::Approx(latency(level)).epsilon(0.03));
    CHECK(*estimate.policy_constraint <= limit);
  }
}

TEST_CASE("the policy looks at nothing where whole batches are counted") {
  DensePolicy policy(train(per_request(1.4), noisy_log::make(600)));
  const std::size_t level = policy.decide(std::vector<float>{1.0F, 0.01F, 0.0F});
  for (const float x : {-100.0F, 0.0F, 100.0F}) {
    CHECK(policy.decide(std::vector<float>{x, x, x}) == level);
  }
}

TEST_CASE("the less is known, the further from the limit a policy stays") {
  TrainerConfig config = per_request(1.2);
  TrainingSet set = noisy_log::make(60);
  for (std::size_t i = 0; i < set.transitions.size(); ++i) {
    set.transitions[i].after_effect.in_system_seconds *= i % 3 == 0 ? 1.02 : 0.99;
  }
  const auto predicted = [&] {
    DensePolicy policy(train(config, set));
    policy.decide(std::vector<float>{1.0F, 0.01F, 0.0F});
    return *policy.predicted(4).constraint;
  };
  config.limit_deviations = 0.0;
  const double mean = predicted();
  CHECK(mean == doctest::Approx(latency(4)).epsilon(0.02));
  config.limit_deviations = 3.0;
  const double careful = predicted();
  CHECK(careful > mean * 1.0001);
  CHECK(careful < mean * 1.1);
}

TEST_CASE("a policy of least squares goes through a file, and the same set gives the same bytes") {
  const TemporaryDirectory directory;
  const auto bytes = [&](const char* name) {
    const auto path = directory.path() / name;
    save_policy(path, train(per_request(1.4), noisy_log::make(300)));
    const PolicyFile read = load_policy(path);
    CHECK(read.metadata.cost_output.exponential);
    CHECK(read.metadata.served_limit.has_value());  // any limit may be asked for when it runs
    CHECK(read.tensors.contains("constraint.phi"));
    std::ifstream stream(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(stream), {});
  };
  CHECK(bytes("a.flyball") == bytes("b.flyball"));
}

TEST_CASE("costs by period are fitted with what is observed") {
  TrainerConfig config = per_request(1.4);
  config.objective.per_request = false;
  TrainingSet set = noisy_log::make(400);
  for (std::size_t i = 0; i < set.transitions.size();
       ++i) {  // half of the spans have twice as much
    Transition& t = set.transitions[i];
    t.observation[1] = i % 2 == 0 ? 0.0F : 1.0F;
    if (i % 2 == 1) t.after_effect *= 2.0;
  }
  LeastSquaresTrainer trainer(config, set);
  trainer.run(50, always);
  CHECK(trainer.cost().form.with_observation);
  CHECK_FALSE(trainer.constraint()->logarithmic);
  DensePolicy policy(trainer.policy(noisy_log::encoder(), "test"));
  policy.decide(std::vector<float>{1.0F, 0.0F, 0.0F});
  const double little = policy.predicted(kLevels - 1).cost;
  policy.decide(std::vector<float>{1.0F, 1.0F, 0.0F});
  CHECK(policy.predicted(kLevels - 1).cost == doctest::Approx(2.0 * little).epsilon(0.03));
  // Per request of the mean span, which has one and a half times as many.
  CHECK(1.5 * little == doctest::Approx(energy(kLevels - 1)).epsilon(0.03));
}

TEST_CASE("what least squares cannot do is refused, naming key and way out") {
  const auto refusal = [](auto change) {
    TrainerConfig config = per_request(1.4);
    change(config);
    try {
      validate(config);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  CHECK(refusal([](auto&) {}) == "accepted");
  CHECK(refusal([](auto& c) { c.members = 3; }).find("network.members: must be 1") == 0);
  CHECK(refusal([](auto& c) { c.learner.gamma = 0.5; }) ==
        "learner.gamma: must be 0: least squares (learner.kind) cannot do otherwise; "
        "learner.kind = \"dqn\" can");
  CHECK(refusal([](auto& c) { c.head = Head::kJoint; }).starts_with("network.head: "));
  CHECK(refusal([](auto& c) {
          c.objective.eta_range = {0.0, 1.0};
        }).starts_with("objective.eta_range: "));
  CHECK(refusal([](auto& c) {
          c.objective.constraint->tolerance = 0.1;
        }).starts_with("objective.tolerance: "));
  CHECK(refusal([](auto& c) { c.limit_deviations = -1.0; }).find("limit_deviations") !=
        std::string::npos);
}
