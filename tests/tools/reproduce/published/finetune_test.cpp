// Fine-tuning beside inference: what is predicted of it, and the stream of PolyThrottle's
// figure 14.
#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "controllers/evaluation/fine_tuning_plan.h"
#include "controllers/evaluation/sim_setup.h"
#include "tools/config/scenario.h"
#include "tools/reproduce/published/finetune_corun.h"
#include "tools/reproduce/published/finetune_stream.h"

using namespace flyball;
using doctest::Approx;

namespace {

double mean(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// The plan of the stream, and of its settings the fastest with a few others.
struct Stream {
  Scenario scenario = load_scenario("fine-tuning-agx-orin");
  FineTuningPlan plan = make_fine_tuning_plan(make_sim_config(scenario, 1), scenario.control.knobs);
  FineTuningPlan few = plan;

  Stream() {
    few.rows.clear();
    for (std::size_t r = 0; r < plan.rows.size(); ++r) {
      if ((plan.rows.size() - 1 - r) % 80 == 0) few.rows.push_back(plan.rows[r]);
    }
  }
};

}  // namespace

TEST_CASE("the slow-down of a pair is predicted from the others, better after some of its own") {
  const CorunSet set = simulate_coruns(
      {"xavier-nx-8gb", {"alexnet", "mobilenet_v2", "resnet18", "vit_b16"}, {1, 8}, {4, 16}}, 2);
  REQUIRE(set.pairs.size() == 16);
  REQUIRE(set.samples.size() == 64);
  for (const CorunSample& sample : set.samples) {
    CHECK(sample.slowdown > 1.0);
    CHECK(sample.slowdown < 2.5);
  }
  const CorunErrors errors = corun_errors(set, HeldOut::kPair, FeatureScale::kLogarithmic);
  CHECK(mean(errors.predicted) < mean(errors.constant));
  CHECK(mean(errors.refitted) < mean(errors.predicted));
  CHECK(mean(errors.refitted) < 3.0);
}

TEST_CASE("what is held out is not shown") {
  CorunSet set;
  set.pairs = {{"a", "a"}, {"a", "b"}, {"b", "b"}};
  for (std::size_t p = 0; p < 3; ++p) set.samples.push_back({p, {}, 2.0 + static_cast<double>(p)});
  const auto shown = [&](HeldOut held_out) {
    return fitted_without(set, {"a", "b"}, held_out, FeatureScale::kPlain).samples();
  };
  CHECK(shown(HeldOut::kPair) == 2);
  CHECK(shown(HeldOut::kWorkload) == 0);
}

TEST_CASE("the scheduler trains nothing under the first limit and all under the second, in time") {
  const Stream stream;
  const double change = second_half_seconds(stream.scenario);
  for (const std::uint64_t seed : {11UL, 12UL}) {
    const StreamRun run = run_scheduler(stream.scenario, stream.plan, seed);
    CHECK(run.first.minibatches == 0);
    CHECK(run.second.minibatches == run.minibatches_asked);
    CHECK(run.done_seconds.value_or(1e9) < 60.0);
    CHECK(run.in_time_share() >= 0.97);
    REQUIRE(run.job_seconds.size() == 4);
    CHECK(std::is_sorted(run.job_seconds.begin(), run.job_seconds.end()));
    CHECK(change_seen_seconds(stream.scenario, seed) >= change);
    const auto best = best_second_half(stream.scenario, stream.few, seed);
    REQUIRE(best);
    CHECK(best->run.throughput(change) >= run.throughput(change));
    CHECK(run.throughput(change) > 0.8 * best->run.throughput(change));
  }
}

TEST_CASE("who shares time whatever the limit is late in the first half") {
  const Stream stream;
  const StreamRun beside = run_always(stream.scenario, FineTuningRule::kBeside, 11);
  CHECK(beside.first.minibatches > 0);
  CHECK(beside.in_time_share(beside.first) < 0.97);
  CHECK(beside.throughput(second_half_seconds(stream.scenario)) <= 0.0);
  const StreamRun none = run_always(stream.scenario, FineTuningRule::kForbidden, 11);
  CHECK_FALSE(none.done_seconds);
  CHECK(none.throughput(0.0) == 0.0);
  CHECK(none.in_time_share() >= 0.97);
  CHECK(schedules_of_first_half(stream.scenario, stream.few, 11) == 0);
}
