#include "controllers/evaluation/evaluation_set.h"

#include <doctest/doctest.h>

#include <atomic>
#include <fstream>

#include "controllers/evaluation/plan_fingerprint.h"
#include "env/errors.h"
#include "tests/support/small_board.h"
#include "tests/support/temporary_file.h"
#include "tools/reports/evaluation_report.h"

using namespace flyball;

namespace {

EvaluationPlan plan_of(double noise, RunKeeper* keeper) {
  MeasuredTable table = small_table();
  table.busy_watts = {{3.0, 3.0}, {4.0, 4.0}, {12.0, 12.0}};
  EvaluationPlan plan;
  plan.seeds = {1, 2, 3};
  plan.stock = {"performance", "performance", "performance"};
  for (const std::uint64_t seed : plan.seeds) {
    SimConfig config = small_config(ClosedLoop{40, 1, std::nullopt}, table);
    config.service_noise = noise;
    config.seed = seed;
    config.residents = resident_factory(plan.stock);
    plan.configs.push_back(config);
  }
  plan.knobs = {"gpu"};
  plan.loop.simulated_think_seconds = 0.001;
  plan.keeper = keeper;
  return plan;
}

std::vector<EvaluationTask> tasks_of(RunKeeper& one, RunKeeper& two, const std::string& governors) {
  return {{"calm", plan_of(0.01, &one), parse_governors(governors)},
          {"noisy", plan_of(0.2, &two), parse_governors(governors)}};
}

std::string text_of(const std::vector<Evaluation>& evaluations) {
  std::string text;
  for (const Evaluation& evaluation : evaluations) text += to_json(evaluation).dump();
  return text;
}

// A keeper that counts, and may be told to say no after some runs.
class CountingKeeper final : public RunKeeper {
 public:
  std::optional<RunFigures> find(const std::string& key) const override { return memo.find(key); }
  void keep(const std::string& key, const RunFigures& figures) override {
    memo.keep(key, figures);
    ++kept;
  }
  RunMemo memo;
  std::atomic<int> kept{0};
};

constexpr const char* kGovernors = "stock,best-fixed,fixed:gpu=200MHz,queue-table,powersave";

}  // namespace

TEST_CASE("several scenarios are what each is alone, whatever the threads and the order") {
  RunMemo a, b, c, d;
  const std::string once = text_of(evaluate_all(tasks_of(a, b, kGovernors), 1));
  CHECK(text_of(evaluate_all(tasks_of(c, d, kGovernors), 3)) == once);
  CHECK(to_json(evaluate(plan_of(0.01, nullptr), parse_governors(kGovernors))).dump() +
            to_json(evaluate(plan_of(0.2, nullptr), parse_governors(kGovernors))).dump() ==
        once);
  // Another order of the governors: the same figures for each.
  RunMemo e, f;
  const std::vector<Evaluation> turned =
      evaluate_all(tasks_of(e, f, "powersave,queue-table,fixed:gpu=200MHz,best-fixed,stock"), 2);
  RunMemo g, h;
  const std::vector<Evaluation> straight = evaluate_all(tasks_of(g, h, kGovernors), 2);
  for (std::size_t t = 0; t < 2; ++t) {
    for (const GovernorResult& one : straight[t].results) {
      for (const GovernorResult& other : turned[t].results) {
        if (one.name != other.name) continue;
        CHECK(to_json(one.figures).dump() == to_json(other.figures).dump());
        CHECK(one.saving == other.saving);
      }
    }
  }
}

TEST_CASE("what was interrupted goes on with what it had, to the same bits") {
  RunMemo whole_one, whole_two;
  const std::string whole = text_of(evaluate_all(tasks_of(whole_one, whole_two, kGovernors), 2));
  for (const int calls : {1, 4, 9, 25, 60}) {
    CountingKeeper one, two;
    int left = calls;
    const auto stop = [&](const std::string&, double) { return --left > 0; };
    try {
      evaluate_all(tasks_of(one, two, kGovernors), 2, stop);
    } catch (const Interrupted&) {
    }
    const int before = one.kept + two.kept;
    const std::string resumed = text_of(evaluate_all(tasks_of(one, two, kGovernors), 2));
    CHECK(resumed == whole);
    const int after = one.kept + two.kept;
    CHECK(after > before);
    evaluate_all(tasks_of(one, two, kGovernors), 2);
    CHECK(one.kept + two.kept == after);  // nothing was run again
  }
}

TEST_CASE("a search that is stopped takes nothing away that was finished before it") {
  RunMemo one, two;
  const auto stop = [](const std::string& what, double) {
    return what.find(kBestFixed) == std::string::npos;
  };
  const std::vector<Evaluation> partial = evaluate_all(
      tasks_of(one, two, "best-fixed,powersave,queue-table,fixed:gpu=200MHz"), 1, stop);
  REQUIRE(partial.size() == 2);
  for (const Evaluation& evaluation : partial) {
    REQUIRE(evaluation.results.size() == 2);
    CHECK(evaluation.results[0].name == "powersave");
    CHECK(evaluation.results[1].name == "fixed:gpu=200MHz");
    CHECK(evaluation.unfinished == std::vector<std::string>{kBestFixed, kQueueTable});
  }
}

TEST_CASE("shards make the single run's runs, whoever makes which") {
  RunMemo whole_one, whole_two;
  const std::string whole = text_of(evaluate_all(tasks_of(whole_one, whole_two, kGovernors), 2));
  CountingKeeper one, two;
  for (std::size_t index : {2, 0, 1}) {
    const auto is_ours = [&](std::size_t run) { return run % 3 == index; };
    CHECK(run_part(tasks_of(one, two, kGovernors), is_ours, 1));
  }
  const int made = one.kept + two.kept;
  CHECK(text_of(evaluate_all(tasks_of(one, two, kGovernors), 2)) == whole);
  CHECK(one.kept + two.kept == made);
}

TEST_CASE("a plan's fingerprint follows what runs depend on, and nothing else") {
  const EvaluationPlan plan = plan_of(0.01, nullptr);
  EvaluationPlan same = plan;
  same.threads = 7;
  same.seeds.push_back(4);
  same.configs.push_back(same.configs.back());
  same.objective.latency_mean_seconds = 0.5;
  CHECK(fingerprint(same) == fingerprint(plan));
  const auto differs = [&](const auto& change) {
    EvaluationPlan other = plan;
    change(other);
    return fingerprint(other) != fingerprint(plan);
  };
  CHECK(differs([](EvaluationPlan& p) { p.configs.front().service_noise = 0.02; }));
  CHECK(differs([](EvaluationPlan& p) { p.configs.front().thermal.ambient_celsius += 1.0; }));
  CHECK(differs([](EvaluationPlan& p) { p.configs.front().arrivals = ClosedLoop{41, 1, {}}; }));
  CHECK(differs([](EvaluationPlan& p) { p.loop.period_seconds = 2.0; }));
  CHECK(differs([](EvaluationPlan& p) { p.configs.front().offload_levels = {0.0, 0.5}; }));
  CHECK(differs([](EvaluationPlan& p) { p.stock.gpu = "powersave"; }));
  CHECK(differs([](EvaluationPlan& p) {
    MeasuredTable table = small_table();  // other watts at a clock that stock never visits
    table.busy_watts = {{3.1, 3.0}, {4.0, 4.0}, {12.0, 12.0}};
    p.configs.front().work = std::make_shared<MeasuredModel>(p.configs.front().board, table);
  }));
}

TEST_CASE("a plan's fingerprint follows the link to a cloud, by what a file of bandwidths holds") {
  const TemporaryFile trace("time_seconds,bits_per_second\n0,1e6\n10,1e6\n");
  EvaluationPlan plan = plan_of(0.01, nullptr);
  OffloadConfig& offload = plan.configs.front().offload.emplace();
  const std::uint64_t constant = fingerprint(plan);
  offload.work.radio_watts += 1.0;
  CHECK(fingerprint(plan) != constant);
  offload.bandwidth = BandwidthFile{trace.path(), false};
  const std::uint64_t file = fingerprint(plan);
  std::ofstream(trace.path()) << "time_seconds,bits_per_second\n0,2e6\n10,2e6\n";
  CHECK(fingerprint(plan) != file);
}
