#include "controllers/evaluation/evaluation_set.h"

#include <fmt/format.h>

#include <stdexcept>

#include "env/errors.h"
#include "env/job_pool.h"

namespace flyball {

namespace {

using Kind = GovernorChoice::Kind;

bool is_search(const GovernorChoice& choice) {
  return choice.kind == Kind::kOracle || choice.kind == Kind::kPhases ||
         choice.kind == Kind::kTable;
}

// One governor's run of one seed.
struct PlainRun {
  std::size_t task;
  GovernorChoice choice;
  std::size_t seed;
};

std::vector<GovernorChoice> searches_of(const EvaluationTask& task) {
  std::vector<GovernorChoice> searches;
  for (const GovernorChoice& choice : task.governors) {
    if (is_search(choice)) searches.push_back(choice);
  }
  return searches;
}

// Stock first, then as asked for.
std::vector<GovernorChoice> plain_choices(const EvaluationTask& task) {
  std::vector<GovernorChoice> choices = {stock_choice()};
  for (const GovernorChoice& choice : task.governors) {
    if (choice.kind != Kind::kStock && !is_search(choice)) choices.push_back(choice);
  }
  return choices;
}

std::vector<PlainRun> plain_runs(const std::vector<EvaluationTask>& tasks) {
  std::vector<PlainRun> runs;
  for (std::size_t t = 0; t < tasks.size(); ++t) {
    for (const GovernorChoice& choice : plain_choices(tasks[t])) {
      for (std::size_t s = 0; s < tasks[t].plan.seeds.size(); ++s) runs.push_back({t, choice, s});
    }
  }
  return runs;
}

bool is_of_another_board(const EvaluationPlan& plan, const GovernorChoice& choice) {
  return choice.policy && choice.policy->metadata.board != plan.configs.front().board.id;
}

bool make_runs(const std::vector<EvaluationTask>& tasks, const std::vector<PlainRun>& runs,
               unsigned threads, const EvaluationProgress& progress) {
  const auto run = [&](std::size_t i) {
    const EvaluationPlan& plan = tasks[runs[i].task].plan;
    try {
      kept_run(plan, runs[i].choice, runs[i].seed);
    } catch (const std::invalid_argument&) {
      if (!is_of_another_board(plan, runs[i].choice)) throw;  // its row will say so
    }
  };
  const auto keep_going = [&](std::size_t done) {
    const double share = static_cast<double>(done) / static_cast<double>(runs.size());
    return !progress || progress(fmt::format("{} runs", runs.size()), share);
  };
  return run_jobs(runs.size(), threads, run, keep_going);
}

EvaluationProgress named(const EvaluationProgress& progress, const std::string& task,
                         std::size_t tasks) {
  if (!progress || tasks == 1) return progress;
  return [&progress, task](const std::string& what, double share) {
    return progress(task + " " + what, share);
  };
}

}  // namespace

bool run_part(const std::vector<EvaluationTask>& tasks,
              const std::function<bool(std::size_t run)>& is_ours, unsigned threads,
              const EvaluationProgress& progress) {
  std::size_t number = 0;
  std::vector<PlainRun> runs;
  for (const PlainRun& run : plain_runs(tasks)) {
    if (is_ours(number++)) runs.push_back(run);
  }
  if (!runs.empty() && !make_runs(tasks, runs, threads, progress)) return false;
  for (const EvaluationTask& task : tasks) {
    const std::vector<GovernorChoice> searches = searches_of(task);
    if (searches.empty() || !is_ours(number++)) continue;
    EvaluationPlan plan = task.plan;
    plan.threads = threads;
    // With the policies, which say whose knobs are searched: their runs are not wanted here.
    plan.knobs = oracle_knobs(task.plan, task.governors);
    const Evaluation evaluation =
        evaluate_until_stopped(plan, searches, named(progress, task.name, tasks.size()));
    if (!evaluation.unfinished.empty()) return false;
  }
  return true;
}

std::vector<Evaluation> evaluate_all(const std::vector<EvaluationTask>& tasks, unsigned threads,
                                     const EvaluationProgress& progress) {
  make_runs(tasks, plain_runs(tasks), threads, progress);  // stopped: what is finished counts
  std::vector<Evaluation> evaluations;
  for (const EvaluationTask& task : tasks) {
    EvaluationPlan plan = task.plan;
    plan.threads = threads;
    try {
      evaluations.push_back(
          evaluate_until_stopped(plan, task.governors, named(progress, task.name, tasks.size())));
    } catch (const Interrupted&) {
      if (evaluations.empty()) throw;
      break;
    }
  }
  return evaluations;
}

}  // namespace flyball
