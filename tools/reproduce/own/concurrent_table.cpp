#include "tools/reproduce/own/concurrent_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/networks/q_network.h"
#include "env/errors.h"
#include "env/output_file.h"
#include "env/statistics.h"
#include "tools/jobs/parallel_jobs.h"
#include "tools/reproduce/common/line_chart.h"

namespace flyball {

namespace {

// The paper's own words: without the knowledge the agent loses, with it it matches the blocking
// one.
constexpr double kMatches = 95.0;
constexpr double kLoses = 90.0;
constexpr std::size_t kLastPoints = 2;  // of the curve, averaged: what an agent came to

struct Job {
  std::size_t task = 0;
  std::size_t arm = 0;
  std::uint64_t seed = 0;
};

// Every task's runs, by arm and seed, and what they are measured by.
struct TaskRuns {
  ConcurrentTask task;
  double random = 0.0;
  std::vector<std::vector<ConcurrentRun>> arms;
};

double came_to(const ConcurrentRun& run) {
  double sum = 0.0;
  for (std::size_t i = 0; i < kLastPoints; ++i) sum += run.curve[run.curve.size() - 1 - i];
  return sum / static_cast<double>(kLastPoints);
}

std::vector<ConcurrentTask> tasks_of(Effort effort) {
  std::vector<ConcurrentTask> tasks = {cart_pole_task(), pendulum_task()};
  if (effort == Effort::kAll) {
    tasks.push_back(board_task(1.0));
    tasks.push_back(board_task(0.05));
  }
  return tasks;
}

void run_jobs(std::vector<TaskRuns>& tasks, const std::vector<Job>& jobs, unsigned threads) {
  const std::vector<ConcurrentArm> arms = concurrent_arms();
  run_parallel("concurrent", jobs.size(), threads, [&](std::size_t i) {
    const Job& job = jobs[i];
    tasks[job.task].arms[job.arm][job.seed] =
        run_concurrent(tasks[job.task].task, arms[job.arm], job.seed + 1);
    return tasks[job.task].task.name;
  });
}

std::vector<double> returns(const std::vector<ConcurrentRun>& runs) {
  std::vector<double> values;
  for (const ConcurrentRun& run : runs) values.push_back(came_to(run));
  return values;
}

void add_rows(const TaskRuns& runs, ReproductionTable& table) {
  const std::vector<ConcurrentArm> arms = concurrent_arms();
  const double blocking = interquartile_mean(returns(runs.arms.front()));
  const auto score = [&](std::span<const double> values) {
    return 100.0 * (interquartile_mean(values) - runs.random) / (blocking - runs.random);
  };
  table.show(runs.task.name + ": random decisions, return", std::nullopt, runs.random, "");
  for (std::size_t arm = 0; arm < arms.size(); ++arm) {
    const std::vector<double> values = returns(runs.arms[arm]);
    const Interval raw = bootstrap_interval(values, interquartile_mean, arm);
    table.show_interval(fmt::format("{}: {}, return", runs.task.name, arms[arm].name),
                        interquartile_mean(values), raw.low, raw.high, "");
    if (arm == 0) continue;
    const Interval band = bootstrap_interval(values, score, arm);
    table.show_interval(fmt::format("{}: {}, score", runs.task.name, arms[arm].name), score(values),
                        band.low, band.high, "%");
  }
  if (!runs.task.is_classic) return;
  table.check_at_most(runs.task.name + ": an agent unaware of its delay loses", kLoses,
                      score(returns(runs.arms[1])), "%");
  table.check_at_least(runs.task.name + ": one that knows it matches the blocking one", kMatches,
                       score(returns(runs.arms.back())), "%");
}

ChartPanel panel_of(const TaskRuns& runs) {
  const std::vector<ConcurrentArm> arms = concurrent_arms();
  ChartPanel panel{runs.task.name, "decisions", "return", {}};
  for (std::size_t arm = 0; arm < arms.size(); ++arm) {
    ChartLine line{arms[arm].name, {}, {}, {}, {}};
    for (std::size_t point = 0; point < kCurvePoints; ++point) {
      std::vector<double> values;
      for (const ConcurrentRun& run : runs.arms[arm]) values.push_back(run.curve[point]);
      const Interval band = bootstrap_interval(values, interquartile_mean, point);
      line.x.push_back(static_cast<double>(runs.task.decisions * (point + 1)) / kCurvePoints);
      line.y.push_back(interquartile_mean(values));
      line.low.push_back(band.low);
      line.high.push_back(band.high);
    }
    panel.lines.push_back(std::move(line));
  }
  return panel;
}

void write_plot(const std::vector<TaskRuns>& tasks, const std::filesystem::path& path) {
  std::vector<ChartPanel> panels;
  for (const TaskRuns& runs : tasks) {
    if (runs.task.is_classic) panels.push_back(panel_of(runs));
  }
  write_output(path, line_chart(panels));
}

}  // namespace

void compare_arms(const std::vector<ConcurrentTask>& tasks, std::uint64_t seeds,
                  const ConcurrentOptions& options, ReproductionTable& table) {
  set_torch_threads(1);
  std::vector<TaskRuns> all;
  std::vector<Job> jobs;
  for (const ConcurrentTask& task : tasks) {
    TaskRuns& runs = all.emplace_back();
    runs.task = task;
    runs.random = random_return(task);
    runs.arms.assign(concurrent_arms().size(), std::vector<ConcurrentRun>(seeds));
    for (std::size_t arm = 0; arm < runs.arms.size(); ++arm) {
      for (std::uint64_t seed = 0; seed < seeds; ++seed)
        jobs.push_back({all.size() - 1, arm, seed});
    }
  }
  run_jobs(all, jobs, options.threads);
  for (const TaskRuns& runs : all) add_rows(runs, table);
  if (options.plot) write_plot(all, *options.plot);
  table.note(fmt::format(
      "Interquartile means of {} seeds with 95 % bootstrap intervals. Score: 0 is random "
      "decisions,\n"
      "100 the agent whose world waits while it thinks. t_AS is drawn per episode from 1/4, 1/2,\n"
      "3/4 and 1 of the period; on the board it is the scenario's, and clocks change after their\n"
      "own delays.",
      seeds));
  for (const TaskRuns& runs : all) {
    table.note(fmt::format("{}: H = {:g} s, {} decisions; return: {}.", runs.task.name,
                           runs.task.period_seconds, runs.task.decisions, runs.task.returns));
  }
}

void reproduce_concurrent(const ConcurrentOptions& options, ReproductionTable& table) {
  const std::uint64_t seeds = options.effort == Effort::kQuick ? 3 : 10;
  compare_arms(tasks_of(options.effort), seeds, options, table);
}

}  // namespace flyball
