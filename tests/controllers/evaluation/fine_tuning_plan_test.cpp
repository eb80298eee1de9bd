#include "controllers/evaluation/fine_tuning_plan.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "controllers/evaluation/evaluation.h"
#include "controllers/evaluation/evaluation_set.h"
#include "controllers/evaluation/simulated_run.h"
#include "controllers/kernel_governors.h"
#include "tests/support/small_board.h"

using namespace flyball;
using doctest::Approx;

namespace {

// Three requests a second, 0.1 s each alone, whose limit rises from 0.15 to 1 s after 30 s.
SimConfig tuned_config() {
  std::vector<Arrival> arrivals;
  for (int i = 0; i < 180; ++i) {
    const double time = 0.333 * i;
    arrivals.push_back({time, 1, time < 30.0 ? 0.15 : 1.0});
  }
  SimConfig config = small_config(arrivals);
  FineTuning tuning;
  tuning.work = config.work;
  tuning.minibatch = 1;
  tuning.minibatches = 30;
  tuning.from_seconds = 5.0;
  tuning.refill = 0.0;
  tuning.rule = FineTuningRule::kBeside;
  config.fine_tuning = tuning;
  config.fine_tuning_levels = {0.0, 1.0, 2.0};
  return config;
}

const std::vector<std::string> kKnobs = {"gpu", "fine_tuning"};

}  // namespace

TEST_CASE("a sweep shows what every setting does to a request and to a minibatch") {
  const FineTuningPlan plan = make_fine_tuning_plan(tuned_config(), kKnobs);
  CHECK(plan.knobs == std::vector<std::string>{"gpu"});
  REQUIRE(plan.rows.size() == 3);
  const ServingRow& top = plan.rows.back();
  CHECK(top.levels == std::vector<Level>{2});
  CHECK(top.request_seconds == Approx(0.1));
  CHECK(top.minibatch_seconds == Approx(0.3));
  CHECK(top.serving_watts == Approx(8.0));
  CHECK(top.tuning_watts == Approx(8.0));
  CHECK(top.idle_watts < 4.0);
  CHECK(plan.rows.front().request_seconds == Approx(0.4).epsilon(0.02));
}

TEST_CASE("co-runs show the slow-down, and the predictor of the pair knows it") {
  const SimConfig config = tuned_config();
  CHECK(simulated_slowdown(config, 1) == Approx(2.0).epsilon(0.02));
  const FineTuningPlan plan = make_fine_tuning_plan(config, kKnobs);
  CHECK(plan.predictor.samples() > 1);
  CHECK(plan.predictor.slowdown(plan.features) == Approx(2.0).epsilon(0.05));
  SimConfig favoured = config;
  favoured.fine_tuning->inference_share = 0.8;
  CHECK(simulated_slowdown(favoured, 1) == Approx(1.25).epsilon(0.02));
}

TEST_CASE("features are cycles at work, and cycles per cycle of the memory") {
  const Board board = small_board();
  const RooflineModel model(board, small_electrical(), small_workload());
  const WorkFeatures one = work_features(board, model, 1);
  const WorkFeatures three = work_features(board, model, 1, 3.0);
  CHECK(three.work == Approx(3.0 * one.work));
  CHECK(three.intensity == one.intensity);
  CHECK(work_features(board, model, 4).work > 2.0 * one.work);
}

TEST_CASE("the governor keeps the limit: nothing before it rises, everything after") {
  const SimConfig config = tuned_config();
  FineTuningGovernor governor(make_fine_tuning_plan(config, kKnobs), {});
  SimPlant plant(config);
  LoopConfig timing;
  timing.period_seconds = timing.sample_seconds = 0.1;
  timing.simulated_think_seconds = 0.001;
  ControlLoop loop(plant, &governor, find_knobs(plant.description(), kKnobs), timing);
  loop.run({}, 30.0);
  CHECK(plant.truth().minibatches == 0);
  CHECK(plant.truth().missed == 0);
  loop.run({}, 100.0);
  CHECK(plant.truth().minibatches == 30);
  CHECK(plant.truth().missed == 0);
}

TEST_CASE("an evaluation runs it by its name, alone or among others, and it keeps the limit") {
  EvaluationPlan plan;
  plan.seeds = {1, 2};
  plan.configs = {tuned_config(), tuned_config()};
  plan.stock = {"performance", "performance", "performance"};
  for (SimConfig& config : plan.configs) config.residents = resident_factory(plan.stock);
  plan.knobs = kKnobs;
  plan.loop.period_seconds = plan.loop.sample_seconds = 0.1;
  plan.loop.simulated_think_seconds = 0.001;
  plan.objective.in_time_share = 0.97;
  plan.timeout_seconds = 300.0;
  const std::vector<GovernorChoice> governors = parse_governors("stock,fine-tuning");
  const Evaluation alone = evaluate(plan, governors);
  RunMemo kept;
  plan.keeper = &kept;
  const std::vector<Evaluation> all = evaluate_all({{"tuned", plan, governors}}, 1);
  for (const Evaluation* evaluation : {&all.front(), &alone}) {
    const GovernorResult& stock = evaluation->results.at(0);
    const GovernorResult& ours = evaluation->results.at(1);
    CHECK_FALSE(stock.infeasible.empty());  // time is shared whatever the limit
    CHECK(ours.infeasible.empty());
    CHECK(ours.figures.minibatches == 60);
    CHECK(ours.figures.decide.has_value());
  }
}

TEST_CASE("a config that is not fine-tuned, or whose knob is not to be turned, is refused") {
  SimConfig config = tuned_config();
  CHECK_THROWS_AS(make_fine_tuning_plan(config, std::vector<std::string>{"gpu"}),
                  std::invalid_argument);
  config.fine_tuning.reset();
  config.fine_tuning_levels.clear();
  CHECK_THROWS_AS(make_fine_tuning_plan(config, kKnobs), std::invalid_argument);
}
