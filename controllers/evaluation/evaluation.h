// The comparison of governors: everybody on the same work, seed by seed, until it is done. Used by
// evaluate, quickstart and reproduce.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "controllers/control_loop.h"
#include "controllers/evaluation/governor_choice.h"
#include "controllers/evaluation/run_keeper.h"
#include "controllers/evaluation/simulated_run.h"
#include "controllers/evaluation/static_oracle.h"
#include "controllers/kernel_governors.h"
#include "controllers/run_figures.h"
#include "env/config/range.h"
#include "env/sim/arrival_phases.h"
#include "env/sim/scenario.h"
#include "env/sim/sim_config.h"

namespace flyball {

// What is compared on. Governors that lease decide at their own period.
struct EvaluationPlan {
  std::vector<std::uint64_t> seeds;
  std::vector<SimConfig> configs;  // one per seed, with the stock residents
  ResidentGovernors stock;         // their names; kernel governors are put in their place
  std::vector<std::string> knobs;  // whose combinations are all tried, if no policy says otherwise
  LoopConfig loop;                 // sampling and t_AS; the period for governors without their own
  Objective objective;             // a factor counts from stock's mean latency
  double timeout_seconds = kRunTimeoutSeconds;
  unsigned threads = 2;  // of runs and searches; the results do not depend on it
  // Stock's, one per seed, of an earlier evaluation of this plan; empty: stock is run again.
  std::vector<RunFigures> stock_runs = {};
  // What is known in hindsight: one list per seed, empty where the rate does not change by itself;
  // and the rates.
  std::vector<std::vector<ArrivalPhase>> phases = {};
  std::vector<double> phase_rates = {};  // groups per second, by ArrivalPhase::state
  std::string scenario = {};  // id; with the workload's it tells policies that were made for others
  std::string workload = {};
  // Runs that it keeps are not made again, new ones are kept there; null: nothing is. Outlives the
  // plan.
  RunKeeper* keeper = nullptr;
};

// The scenario for `seeds`.
EvaluationPlan make_plan(const Scenario& scenario, const std::vector<std::uint64_t>& seeds);

// A knob of the best fixed setting.
struct HeldKnob {
  std::string name;
  double value = 0.0;   // in its unit
  bool is_cap = false;  // its resident decides below; otherwise it is pinned
};
// "gpu 420 MHz, cpu at most 1190.4 MHz"; "stock" where nothing is held.
std::string setting_text(const std::vector<HeldKnob>& setting);

// A row of the best table by queue length, or the setting of a kind of phase.
struct HeldRow {
  std::uint64_t least_requests = 0;
  std::optional<double> groups_per_second = std::nullopt;  // of a phase; it has no least_requests
  std::vector<HeldKnob> setting;
};
// "from 0: gpu 420 MHz; from 2: stock"; of phases "at 3/s: gpu 420 MHz; at 14/s: stock".
std::string table_text(const std::vector<HeldRow>& table);

struct GovernorResult {
  std::string name;
  RunFigures figures;             // pooled over the seeds
  std::vector<RunFigures> runs;   // one per seed
  double saving = 0.0;            // of stock's energy for the same work, 0..1
  double saving_deviation = 0.0;  // standard deviation of the seeds' savings
  // Of the saving, 95 %, by drawing seeds; stock's run of a seed is drawn with it, as both had the
  // same arrivals. Absent with one seed.
  std::optional<Interval> saving_interval;
  double saving_interquartile_mean = 0.0;  // of the seeds' savings
  std::vector<double> seed_savings;        // one per seed
  // Of the best fixed setting's saving; absent without it, or when that saves less than 1 %.
  std::optional<double> share_of_oracle;
  std::optional<double> regret;  // energy above the best fixed's, as a share of it; then, instead
  std::optional<std::vector<HeldKnob>> setting;  // the best fixed's: what it holds
  std::optional<std::vector<HeldRow>> table;     // the queue table's, or the phases'
  std::string infeasible;                        // why; empty if feasible
  std::string warning;  // a policy that was made for another board or workload; empty if not
};

struct Evaluation {
  std::vector<Domain> domains;          // of the plant: what residencies are over
  RunLimits limits;                     // with the factor resolved
  GovernorResult stock;                 // always run: everything is compared with it
  std::vector<GovernorResult> results;  // as asked for, in that order
  std::vector<std::string> oracle_knobs;
  std::optional<OracleResult> oracle;   // every pin of oracle_knobs
  std::size_t tried = 0;                // settings that the best fixed one is the best of
  std::vector<std::string> unfinished;  // the governors that an interruption left out
};

// Whose combinations are all tried: the knobs that the policies lease, else the plan's. Throws
// std::invalid_argument where two policies lease different ones.
std::vector<std::string> oracle_knobs(const EvaluationPlan& plan,
                                      const std::vector<GovernorChoice>& governors);

// Told what is under way and how much of it is done (0..1); false stops the evaluation.
using EvaluationProgress = std::function<bool(const std::string& what, double share)>;

// Throws std::invalid_argument where a governor cannot govern this plant, Interrupted when told to
// stop.
Evaluation evaluate(const EvaluationPlan& plan, const std::vector<GovernorChoice>& governors,
                    const EvaluationProgress& progress = {});

// The same, but once stock has run an interruption keeps the governors that are finished and names
// the others.
Evaluation evaluate_until_stopped(const EvaluationPlan& plan,
                                  const std::vector<GovernorChoice>& governors,
                                  const EvaluationProgress& progress);

// The run of one governor with the plan's seed number `seed`, kept with the plan's keeper.
// Requires: no search.
RunFigures kept_run(const EvaluationPlan& plan, const GovernorChoice& choice, std::size_t seed);

// The exhaustive sweep over `knobs`, inside the plant's limits.
OracleResult sweep(const EvaluationPlan& plan, const std::vector<std::string>& knobs,
                   const RunLimits& limits, const std::function<bool(double)>& progress = {});

// Saving of `figures` against `stock` on the same work.
double saving_against(const RunFigures& stock, const RunFigures& figures);

}  // namespace flyball
