#include "controllers/evaluation/oracle_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "controllers/evaluation/best_fixed.h"
#include "controllers/evaluation/best_queue_table.h"
#include "controllers/phase_governor.h"
#include "controllers/queue_table_governor.h"
#include "env/errors.h"
#include "env/sim/sim_plant.h"

namespace flyball {

namespace {

// What may be turned: the grid's knobs, and every other clock.
BestFixedConfig search_config(const EvaluationPlan& plan, const Evaluation& evaluation,
                              const PlantDescription& plant) {
  BestFixedConfig config;
  std::vector<std::size_t> all = find_knobs(plant, evaluation.oracle_knobs);
  for (std::size_t k = 0; k < all.size(); ++k) config.grid.push_back(k);
  for (std::size_t k = 0; k < plant.knobs.size(); ++k) {
    const bool on_grid = std::find(all.begin(), all.end(), k) != all.end();
    if (!on_grid && !plant.knobs[k].is_application()) all.push_back(k);
  }
  for (const std::size_t k : all) {
    config.knobs.push_back(plant.knobs[k]);
    config.limits.push_back(plant.limits[k]);
  }
  config.seeds = plan.seeds;
  config.run_limits = evaluation.limits;
  config.threads = plan.threads;
  return config;
}

const SimConfig& config_of(const EvaluationPlan& plan, std::uint64_t seed) {
  const auto at = std::find(plan.seeds.begin(), plan.seeds.end(), seed) - plan.seeds.begin();
  return plan.configs[static_cast<std::size_t>(at)];
}

// What is held, by knob and level: "gpu 0-4, emc 3".
std::string range_text(const BestFixedConfig& config, std::span<const LevelRange> ranges) {
  std::string text;
  for (std::size_t k = 0; k < ranges.size(); ++k) {
    if (ranges[k] == config.limits[k]) continue;
    text += fmt::format("{}{} {}-{}", text.empty() ? "" : ", ", config.knobs[k].name,
                        ranges[k].floor, ranges[k].ceiling);
  }
  return text;
}

std::string table_key(const BestFixedConfig& config, const QueueTable& table, std::uint64_t seed) {
  std::string text = "table";
  for (const QueueTableRow& row : table) {
    std::vector<LevelRange> ranges;
    for (std::size_t k = 0; k < config.knobs.size(); ++k) ranges.push_back(row.setting[k]);
    text += fmt::format(" from {}: {};", row.least_requests, range_text(config, ranges));
  }
  return fmt::format("{} #{}", text, seed);
}

// Leases what is held, and nothing else.
RunFigures run_ranges(const EvaluationPlan& plan, const BestFixedConfig& config,
                      std::span<const LevelRange> ranges, std::uint64_t seed) {
  std::vector<std::string> knobs;
  std::vector<LevelRange> held;
  for (std::size_t k = 0; k < ranges.size(); ++k) {
    if (ranges[k] == config.limits[k]) continue;
    knobs.push_back(config.knobs[k].name);
    held.push_back(ranges[k]);
  }
  const SimConfig& sim = config_of(plan, seed);
  RunFigures figures = knobs.empty() ? run_residents(sim, plan.timeout_seconds)
                                     : run_held(sim, knobs, held, plan.timeout_seconds);
  figures.governor = kBestFixed;
  figures.seed = seed;
  return figures;
}

std::vector<HeldKnob> held_knobs(const BestFixedConfig& config,
                                 const std::vector<LevelRange>& ranges) {
  std::vector<HeldKnob> held;
  for (std::size_t k = 0; k < config.knobs.size(); ++k) {
    const LevelRange& range = ranges[k];
    if (range == config.limits[k]) continue;
    const Knob& knob = config.knobs[k];
    held.push_back({knob.name, knob.levels[range.ceiling], !range.is_pinned()});
  }
  return held;
}

// The other way round.
std::vector<LevelRange> ranges_of(const BestFixedConfig& config,
                                  const std::vector<HeldKnob>& held) {
  std::vector<LevelRange> ranges = config.limits;
  for (std::size_t k = 0; k < config.knobs.size(); ++k) {
    for (const HeldKnob& knob : held) {
      if (knob.name != config.knobs[k].name) continue;
      const Level level = level_nearest(config.knobs[k].levels, knob.value);
      ranges[k] = {knob.is_cap ? config.limits[k].floor : level, level};
    }
  }
  return ranges;
}

bool holds(const QueueTable& table, const BestFixedConfig& config, std::size_t k) {
  return std::any_of(table.begin(), table.end(),
                     [&](const QueueTableRow& row) { return row.setting[k] != config.limits[k]; });
}

// The knobs that some row holds, and the table of those alone.
struct LeasedTable {
  std::vector<std::string> knobs;
  QueueTable table;
};

LeasedTable leased_table(const BestFixedConfig& config, const QueueTable& table) {
  LeasedTable leased{{}, QueueTable(table.size())};
  for (std::size_t r = 0; r < table.size(); ++r) {
    leased.table[r].least_requests = table[r].least_requests;
  }
  for (std::size_t k = 0; k < config.knobs.size(); ++k) {
    if (!holds(table, config, k)) continue;
    for (std::size_t r = 0; r < table.size(); ++r) {
      leased.table[r].setting.resize(leased.knobs.size() + 1);
      leased.table[r].setting[leased.knobs.size()] = table[r].setting[k];
    }
    leased.knobs.push_back(config.knobs[k].name);
  }
  return leased;
}

using MakeTableGovernor =
    std::function<std::unique_ptr<Governor>(const QueueTable& table, double period_seconds)>;

// Leases what a row holds, and nothing else.
RunFigures run_rows(const EvaluationPlan& plan, const LeasedTable& leased, std::uint64_t seed,
                    const MakeTableGovernor& make) {
  const SimConfig& sim = config_of(plan, seed);
  LoopConfig loop = plan.loop;
  loop.sample_seconds = loop.period_seconds;  // nothing between decisions is looked at
  loop.seed = seed;
  if (leased.knobs.empty()) return run_residents(sim, plan.timeout_seconds);
  const std::unique_ptr<Governor> governor = make(leased.table, loop.period_seconds);
  return run_governor(sim, governor.get(), leased.knobs, loop, plan.timeout_seconds).figures;
}

RunFigures run_table(const EvaluationPlan& plan, const BestFixedConfig& config,
                     const QueueTable& table, std::uint64_t seed) {
  RunFigures figures = run_rows(plan, leased_table(config, table), seed,
                                [](const QueueTable& rows, double period_seconds) {
                                  return std::make_unique<QueueTableGovernor>(rows, period_seconds);
                                });
  figures.governor = kQueueTable;
  figures.seed = seed;
  return figures;
}

const std::vector<ArrivalPhase>& phases_of(const EvaluationPlan& plan, std::uint64_t seed) {
  const auto at = std::find(plan.seeds.begin(), plan.seeds.end(), seed) - plan.seeds.begin();
  return plan.phases[static_cast<std::size_t>(at)];
}

// A row per kind of phase, in their order.
RunFigures run_phases(const EvaluationPlan& plan, const BestFixedConfig& config,
                      const QueueTable& table, std::uint64_t seed) {
  std::vector<PhaseBegin> begins;
  for (const ArrivalPhase& phase : phases_of(plan, seed)) {
    begins.push_back({phase.begin_seconds, phase.state});
  }
  RunFigures figures = run_rows(
      plan, leased_table(config, table), seed, [&](const QueueTable& rows, double period_seconds) {
        std::vector<Setting> settings;
        for (const QueueTableRow& row : rows) {
          settings.push_back(row.setting);
        }
        return std::make_unique<PhaseGovernor>(begins, settings, period_seconds);
      });
  figures.governor = kBestPerPhase;
  figures.seed = seed;
  return figures;
}

const GovernorResult* find_best_fixed(const Evaluation& evaluation) {
  for (const GovernorResult& result : evaluation.results) {
    if (result.name == kBestFixed) return &result;
  }
  return nullptr;
}

std::vector<HeldRow> held_rows(const BestFixedConfig& config, const QueueTable& table) {
  std::vector<HeldRow> rows;
  for (const QueueTableRow& row : table) {
    std::vector<LevelRange> ranges;
    for (std::size_t k = 0; k < config.knobs.size(); ++k) ranges.push_back(row.setting[k]);
    rows.push_back({row.least_requests, std::nullopt, held_knobs(config, ranges)});
  }
  return rows;
}

// Which table is looked for.
struct RowsQuestion {
  const char* name = "";
  const char* none = "";                  // said where no table keeps the limits
  std::string key;                        // before those that its runs are kept under
  std::vector<std::uint64_t> given_rows;  // empty: which rows there are is searched, too
  decltype(&run_table) run = nullptr;
};

// From the best fixed setting in every row.
GovernorResult best_rows(const EvaluationPlan& plan, const EvaluationProgress& progress,
                         Evaluation& evaluation, const RowsQuestion& asked) {
  const GovernorResult* known = find_best_fixed(evaluation);
  const GovernorResult fixed =
      known != nullptr ? *known : best_fixed_result(plan, progress, evaluation);
  const SimPlant plant(plan.configs.front());
  const BestFixedConfig all = search_config(plan, evaluation, plant.description());
  QueueTableConfig config{all.knobs, all.limits, all.seeds, all.run_limits, all.threads};
  config.rows_are_given = !asked.given_rows.empty();
  if (config.rows_are_given) config.least_requests = asked.given_rows;
  const TableRunner run = [&](const QueueTable& table, std::uint64_t seed) {
    return kept_or(plan.keeper, asked.key + table_key(all, table, seed),
                   [&] { return asked.run(plan, all, table, seed); });
  };
  const QueueTableSearch search = search_queue_table(
      config, ranges_of(all, fixed.setting.value_or(std::vector<HeldKnob>{})), run,
      [&](double share) { return !progress || progress(asked.name, share); });
  if (search.interrupted) throw Interrupted("interrupted");
  GovernorResult result;
  result.name = asked.name;
  result.infeasible = search.best ? "" : asked.none;
  if (!search.best) return result;
  result.runs = search.best->runs;
  result.table = held_rows(all, search.best->table);
  return result;
}

}  // namespace

GovernorResult best_fixed_result(const EvaluationPlan& plan, const EvaluationProgress& progress,
                                 Evaluation& evaluation) {
  const auto half = [&](double first) {
    return
        [&, first](double share) { return !progress || progress(kBestFixed, first + 0.5 * share); };
  };
  OracleResult pins = sweep(plan, evaluation.oracle_knobs, evaluation.limits, half(0.0));
  if (pins.interrupted) throw Interrupted("interrupted");
  const SimPlant plant(plan.configs.front());
  const BestFixedConfig config = search_config(plan, evaluation, plant.description());
  const RangeRunner run = [&](std::span<const LevelRange> ranges, std::uint64_t seed) {
    const std::string key = fmt::format("held {} #{}", range_text(config, ranges), seed);
    return kept_or(plan.keeper, key, [&] { return run_ranges(plan, config, ranges, seed); });
  };
  BestFixedSearch search = search_best_fixed(config, pins, run, half(0.5));
  if (search.interrupted) throw Interrupted("interrupted");
  evaluation.oracle = std::move(pins);
  evaluation.tried = search.tried;
  GovernorResult result;
  result.name = kBestFixed;
  if (!search.best) {
    result.infeasible = "no fixed setting keeps the limits";
    return result;
  }
  result.runs = search.best->runs;
  result.setting = held_knobs(config, search.best->ranges);
  return result;
}

GovernorResult best_per_phase_result(const EvaluationPlan& plan, const EvaluationProgress& progress,
                                     Evaluation& evaluation) {
  GovernorResult result;
  result.name = kBestPerPhase;
  result.infeasible = "the arrivals have no phases (kind = \"bursty\" has): see best-fixed";
  if (plan.phase_rates.empty()) return result;
  RowsQuestion asked{
      kBestPerPhase, "no settings of the phases keep the limits", "phases: ", {}, run_phases};
  asked.given_rows.resize(plan.phase_rates.size());
  std::iota(asked.given_rows.begin(), asked.given_rows.end(), std::uint64_t{0});
  result = best_rows(plan, progress, evaluation, asked);
  for (std::size_t r = 0; result.table && r < result.table->size(); ++r) {
    (*result.table)[r].groups_per_second = plan.phase_rates[r];
  }
  return result;
}

GovernorResult queue_table_result(const EvaluationPlan& plan, const EvaluationProgress& progress,
                                  Evaluation& evaluation) {
  return best_rows(plan, progress, evaluation,
                   {kQueueTable, "no table by queue length keeps the limits", "", {}, run_table});
}

std::optional<RunFigures> repeat_run(const EvaluationPlan& plan, const Evaluation& evaluation,
                                     const GovernorChoice& choice, std::size_t seed) {
  EvaluationPlan own = plan;
  own.keeper = nullptr;
  const auto found = std::find_if(evaluation.results.begin(), evaluation.results.end(),
                                  [&](const auto& result) { return result.name == choice.name; });
  if (found == evaluation.results.end() || found->runs.empty()) return std::nullopt;
  if (!found->table && choice.kind != GovernorChoice::Kind::kOracle) {
    return kept_run(own, choice, seed);
  }
  const SimPlant plant(plan.configs.front());
  const BestFixedConfig config = search_config(own, evaluation, plant.description());
  if (!found->table)
    return run_ranges(own, config, ranges_of(config, *found->setting), own.seeds[seed]);
  QueueTable table;
  for (const HeldRow& row : *found->table) {
    QueueTableRow& held = table.emplace_back();
    held.least_requests = row.least_requests;
    const std::vector<LevelRange> ranges = ranges_of(config, row.setting);
    held.setting.resize(ranges.size());
    for (std::size_t k = 0; k < ranges.size(); ++k) held.setting[k] = ranges[k];
  }
  const bool of_phases = choice.kind == GovernorChoice::Kind::kPhases;
  return (of_phases ? run_phases : run_table)(own, config, table, own.seeds[seed]);
}

}  // namespace flyball
