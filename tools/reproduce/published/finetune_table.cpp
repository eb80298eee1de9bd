#include "tools/reproduce/published/finetune_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "controllers/evaluation/fine_tuning_plan.h"
#include "controllers/evaluation/sim_setup.h"
#include "tools/config/scenario.h"
#include "tools/jobs/parallel_jobs.h"
#include "tools/reproduce/common/drawn_seeds.h"
#include "tools/reproduce/common/median_rows.h"
#include "tools/reproduce/published/finetune_corun.h"
#include "tools/reproduce/published/finetune_stream.h"

namespace flyball {

namespace {

constexpr const char* kScenario = "fine-tuning-agx-orin";
constexpr double kInTime = 97.0;         // %
constexpr double kOwnPairError = 10.0;   // %
constexpr double kOfBest = 90.0;         // %, of the best schedule's throughput
constexpr std::size_t kQuickStride = 9;  // of the settings that are searched with hindsight

const std::vector<CorunGrid>& grids() {
  static const std::vector<CorunGrid> all = {
      {"xavier-nx-8gb",
       {"alexnet", "bert_tiny", "distilbert", "efficientnet_b0", "mobilenet_v2", "resnet18",
        "vit_b16", "yolov4_tiny"},
       {1, 4, 16},
       {4, 8, 16}},
      {"orin-nx-16gb",
       {"alexnet", "bert_tiny", "distilbert", "mobilenet_v2", "resnet18", "yolov4_tiny"},
       {1, 4, 16},
       {4, 8, 16}},
      {"nano-4gb",
       {"alexnet", "bert_tiny", "distilbert", "mobilenet_v2", "resnet18", "yolov4_tiny"},
       {1, 4, 16},
       {4, 8, 16}}};
  return all;
}

// The stream's board; its own pair is held out.
const CorunGrid kStreamGrid = {
    "agx-orin-64gb", {"bert", "efficientnet_b7"}, {1, 2, 4, 8}, {2, 4, 8}};

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

void add_errors(const CorunSet& set, ReproductionTable& table) {
  const auto [least, most] = std::minmax_element(
      set.samples.begin(), set.samples.end(),
      [](const CorunSample& a, const CorunSample& b) { return a.slowdown < b.slowdown; });
  const std::string board = set.board + ": ";
  table.show(board + "pairs of workloads", {}, static_cast<double>(set.pairs.size()), "");
  table.show(board + "least slow-down", {}, least->slowdown, "x");
  table.show(board + "largest slow-down", {}, most->slowdown, "x");
  for (const HeldOut held_out : {HeldOut::kPair, HeldOut::kWorkload}) {
    const std::string what =
        held_out == HeldOut::kPair ? "held-out pairs, " : "held-out workloads, ";
    for (const FeatureScale scale : {FeatureScale::kPlain, FeatureScale::kLogarithmic}) {
      const CorunErrors errors = corun_errors(set, held_out, scale);
      const std::string of = scale == FeatureScale::kPlain ? "features as they are" : "logarithms";
      const std::string features = fmt::format("{}{}{}", board, what, of);
      table.show(features + ", mean error", {}, mean(errors.predicted), "%");
      table.show(features + ", worst pair", {},
                 *std::max_element(errors.predicted.begin(), errors.predicted.end()), "%");
      table.show(features + ", refitted with two of its co-runs, mean error", {},
                 mean(errors.refitted), "%");
      if (scale != FeatureScale::kLogarithmic) continue;
      table.show(board + what + "one slow-down for all, mean error", {}, mean(errors.constant),
                 "%");
      table.check_at_most(board + what + "refitted logarithms' error, of one slow-down's", 100.0,
                          100.0 * mean(errors.refitted) / mean(errors.constant), "%");
    }
  }
}

// What the scheduler is given: the sweep of the scenario's board, and a predictor that has not seen
// the scenario's pair of workloads.
FineTuningPlan stream_plan(const Scenario& scenario, unsigned threads) {
  FineTuningPlan plan = make_fine_tuning_plan(make_sim_config(scenario, scenario.seeds.front()),
                                              scenario.control.knobs);
  const CorunSet set = simulate_coruns(kStreamGrid, threads);
  const std::string own = scenario.workload.id;
  plan.predictor = fitted_without(set, {own, own}, HeldOut::kPair, FeatureScale::kLogarithmic);
  return plan;
}

// The stream's own pair, which the predictor has not seen.
void add_own_pair(const Scenario& scenario, const FineTuningPlan& plan, ReproductionTable& table) {
  const double predicted = plan.predictor.slowdown(plan.features);
  const double simulated = simulated_slowdown(make_sim_config(scenario, scenario.seeds.front()), 1);
  table.show("stream: slow-down of its pair, predicted", {}, predicted, "x");
  table.show("stream: slow-down of its pair, simulated", {}, simulated, "x");
  table.check_at_most("stream: error of that", kOwnPairError,
                      100.0 * std::abs(predicted - simulated) / simulated, "%");
}

struct StreamRuns {
  StreamRun scheduler;
  StreamRun beside;
  StreamRun between;
  StreamRun none;
  std::optional<BestSchedule> best;
  std::size_t first_half_schedules = 0;
  double seen_seconds = 0.0;  // when the change of the limit could be known
};

StreamRuns run_stream(const Scenario& scenario, const FineTuningPlan& plan,
                      const FineTuningPlan& searched, std::uint64_t seed) {
  return {run_scheduler(scenario, plan, seed),
          run_always(scenario, FineTuningRule::kBeside, seed),
          run_always(scenario, FineTuningRule::kBetween, seed),
          run_always(scenario, FineTuningRule::kForbidden, seed),
          best_second_half(scenario, searched, seed),
          schedules_of_first_half(scenario, searched, seed),
          change_seen_seconds(scenario, seed)};
}

// Every setting, or every so many and the fastest one.
FineTuningPlan searched_plan(const FineTuningPlan& plan, Effort effort) {
  if (effort == Effort::kAll) return plan;
  FineTuningPlan thin = plan;
  thin.rows.clear();
  for (std::size_t r = 0; r < plan.rows.size(); ++r) {
    if ((plan.rows.size() - 1 - r) % kQuickStride == 0) thin.rows.push_back(plan.rows[r]);
  }
  return thin;
}

template <typename Figure>
std::vector<double> figures(const std::vector<StreamRuns>& runs, Figure figure) {
  std::vector<double> values;
  for (const StreamRuns& run : runs) values.push_back(figure(run));
  return values;
}

double least(const std::vector<double>& values) {
  return *std::min_element(values.begin(), values.end());
}
double most(const std::vector<double>& values) {
  return *std::max_element(values.begin(), values.end());
}

double in_time(const std::vector<StreamRuns>& runs, StreamRun StreamRuns::*arm) {
  StreamHalf all;
  for (const StreamRuns& run : runs) {
    all.served += (run.*arm).first.served + (run.*arm).second.served;
    all.late += (run.*arm).first.late + (run.*arm).second.late;
  }
  return 100.0 * (1.0 - static_cast<double>(all.late) / static_cast<double>(all.served));
}

// Of the throughput of the best schedule, both counted from then on, in percent.
double of_best(const StreamRuns& run, double ours_since, double best_since) {
  if (!run.best) return 0.0;
  return 100.0 * run.scheduler.throughput(ours_since) / run.best->run.throughput(best_since);
}

void add_scheduler(const Scenario& scenario, const std::vector<StreamRuns>& runs,
                   ReproductionTable& table) {
  const double change = second_half_seconds(scenario);
  const std::string name = "scheduler: ";
  const auto first = figures(runs, [](const StreamRuns& run) {
    return static_cast<double>(run.scheduler.first.minibatches);
  });
  table.check_at_most(name + "minibatches in the first half, most of any seed", 0.0, most(first),
                      "");
  const auto done = figures(runs, [&](const StreamRuns& run) {
    const bool is_done =
        run.scheduler.done_seconds.value_or(1e9) <= *scenario.arrivals.duration_seconds;
    return is_done ? 100.0 : 0.0;
  });
  table.check_at_least(name + "all jobs done in the second half, of the seeds", 100.0, mean(done),
                       "%");
  table.check_at_least(name + "in time, all seeds", kInTime, in_time(runs, &StreamRuns::scheduler),
                       "%");
  const auto share =
      figures(runs, [](const StreamRuns& run) { return 100.0 * run.scheduler.in_time_share(); });
  table.check_at_least(name + "in time, worst seed", kInTime, least(share), "%");
  show_median(table, name + "in time", share);
  const std::size_t jobs = scenario.application.fine_tuning->jobs;
  for (std::size_t j = 0; j < jobs; ++j) {
    const auto seconds = figures(runs, [&](const StreamRuns& run) {
      const std::vector<double>& all = run.scheduler.job_seconds;
      return j < all.size() ? all[j] : *scenario.timeout_seconds;
    });
    show_median(table, fmt::format("{}job {} is done at", name, j + 1), seconds, "s");
  }
  const auto throughput =
      figures(runs, [&](const StreamRuns& run) { return of_best(run, change, change); });
  show_median(table, name + "throughput, of the best schedule's", throughput);
  table.check_at_least(name + "throughput, of the best schedule's, median", kOfBest,
                       median(throughput), "%");
  table.show(name + "throughput, of the best schedule's, worst seed", {}, least(throughput), "%");
  const auto since_known =
      figures(runs, [&](const StreamRuns& run) { return of_best(run, run.seen_seconds, change); });
  show_median(table, name + "the same from the first query with the new limit on", since_known);
  table.show(name + "the same from the first query with the new limit on, worst seed", {},
             least(since_known), "%");
  show_median(table, name + "slow-down in its predictor at the end",
              figures(runs, [](const StreamRuns& run) { return *run.scheduler.slowdown_learned; }),
              "x");
}

void add_arm(const std::string& name, const std::vector<StreamRuns>& runs,
             StreamRun StreamRuns::*arm, ReproductionTable& table) {
  table.show(name + "in time, all seeds", {}, in_time(runs, arm), "%");
  table.show(
      name + "in time, worst seed", {},
      least(figures(runs, [&](const StreamRuns& r) { return 100.0 * (r.*arm).in_time_share(); })),
      "%");
  show_median(
      table, name + "minibatches in the first half",
      figures(runs,
              [&](const StreamRuns& r) { return static_cast<double>((r.*arm).first.minibatches); }),
      "");
  show_median(
      table, name + "energy of the minute",
      figures(runs,
              [&](const StreamRuns& r) { return (r.*arm).first.joules + (r.*arm).second.joules; }),
      "J");
}

void add_best(const Scenario& scenario, const std::vector<StreamRuns>& runs, std::size_t settings,
              ReproductionTable& table) {
  const std::string name = "with hindsight: ";
  table.show(name + "settings searched, twice each", {}, static_cast<double>(settings), "");
  const auto kept = figures(
      runs, [](const StreamRuns& run) { return static_cast<double>(run.first_half_schedules); });
  table.check_at_most(name + "settings and ways that keep the first half's limit, median", 0.0,
                      median(kept), "");
  table.show(name + "settings and ways that keep the first half's limit, most of any seed", {},
             most(kept), "");
  show_median(table, name + "best throughput in the second half",
              figures(runs,
                      [&](const StreamRuns& run) {
                        return run.best ? run.best->run.throughput(second_half_seconds(scenario))
                                        : 0.0;
                      }),
              "minibatches/s");
  table.show(name + "best with minibatches beside batches, of the seeds", {},
             mean(figures(runs,
                          [](const StreamRuns& run) {
                            const bool is_beside =
                                run.best && run.best->schedule.rule == FineTuningRule::kBeside;
                            return is_beside ? 100.0 : 0.0;
                          })),
             "%");
}

void add_notes(const FinetuneOptions& options, ReproductionTable& table) {
  table.note(fmt::format(
      "Seeds of the {} streams were drawn from \"{}\". Everything is simulated: no latencies of\n"
      "inference beside training were found at any clock. The co-run's form is that of time "
      "slices\n"
      "with refilled caches (env/sim/co_tenant.h), assumed like its two numbers. Rate, networks "
      "and\n"
      "sizes of the jobs are assumed, too; figure 14 tells the length and the two limits. Energy "
      "of\n"
      "a run that is not done in a minute counts until it is.",
      options.seeds, options.date));
}

}  // namespace

void reproduce_finetune(const FinetuneOptions& options, ReproductionTable& table) {
  const std::size_t boards = options.effort == Effort::kAll ? grids().size() : 1;
  for (std::size_t b = 0; b < boards; ++b) {
    add_errors(simulate_coruns(grids()[b], options.threads), table);
  }
  const Scenario scenario = load_scenario(kScenario);
  const FineTuningPlan plan = stream_plan(scenario, options.threads);
  const FineTuningPlan searched = searched_plan(plan, options.effort);
  const std::vector<std::uint64_t> seeds = drawn_seeds(options.date, options.seeds);
  std::vector<StreamRuns> runs(seeds.size());
  run_parallel("streams", runs.size(), options.threads, [&](std::size_t i) {
    runs[i] = run_stream(scenario, plan, searched, seeds[i]);
    return fmt::format("seed {}", i + 1);
  });
  add_own_pair(scenario, plan, table);
  add_scheduler(scenario, runs, table);
  add_best(scenario, runs, searched.rows.size(), table);
  add_arm("scheduler: ", runs, &StreamRuns::scheduler, table);
  add_arm("always beside, stock clocks: ", runs, &StreamRuns::beside, table);
  add_arm("always between, stock clocks: ", runs, &StreamRuns::between, table);
  add_arm("no fine-tuning, stock clocks: ", runs, &StreamRuns::none, table);
  add_notes(options, table);
}

}  // namespace flyball
