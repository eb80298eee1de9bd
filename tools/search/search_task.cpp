#include "tools/search/search_task.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "controllers/evaluation/sim_setup.h"
#include "controllers/search/policy_surface.h"
#include "env/errors.h"
#include "policies/policy_file.h"
#include "tools/config/board_config.h"
#include "tools/config/scenario.h"
#include "tools/config/set_option.h"
#include "tools/config/workload_config.h"
#include "tools/program.h"
#include "tools/search/board_field.h"
#include "tools/search/grid_field.h"
#include "tools/search/simulated_field.h"

namespace flyball {

namespace {

constexpr std::uint64_t kEndless = std::uint64_t{1} << 40;  // requests

bool is_policy(const std::string& name) { return name.ends_with(".flyball"); }

// The workloads among what --prior names.
std::vector<std::string> prior_workloads(const SearchCommandOptions& options) {
  std::vector<std::string> workloads;
  for (const std::string& name : options.prior) {
    if (!is_policy(name)) workloads.push_back(name);
  }
  return workloads;
}

void add_policies(const SearchCommandOptions& options, SearchTask& task) {
  for (const std::string& file : options.prior) {
    if (!is_policy(file)) continue;
    const PolicyFile policy = load_policy(file);
    try {
      task.others.push_back(policy_surface(file, policy, task.field->space(), task.board.id));
    } catch (const PolicySurfaceError& error) {
      throw DataError(fmt::format("--prior {}", error.what()));
    }
    if (policy.metadata.board == task.board.id) continue;
    task.others.back().workload += fmt::format(" (of {})", policy.metadata.board);
  }
}

void require_one_source(const SearchCommandOptions& options) {
  const bool has_scenario = !options.scenario.empty();
  const bool has_grid = !options.grid.empty();
  if (!options.root.empty()) {
    if (has_scenario || has_grid || !options.board.empty() || !options.workload.empty() ||
        !prior_workloads(options).empty() || !options.assignments.empty()) {
      throw UsageError(
          "--root is a board that runs its own work: leave --board, --workload, --scenario, "
          "--grid, --set and a --prior that is no policy out");
    }
    return;
  }
  if (has_scenario && (has_grid || !options.board.empty() || !options.workload.empty())) {
    throw UsageError(
        "--scenario names board and workload itself: leave --board, --workload and "
        "--grid out");
  }
  if (has_scenario && !options.prior.empty()) {
    throw UsageError(
        "--prior: what other workloads cost back to back says nothing of a scenario's latencies; "
        "it goes with --workload, or with --root");
  }
  if (has_scenario && options.power_seconds) {
    throw UsageError(
        "--power-every: in a scenario a sample is a whole run; it goes with --workload");
  }
  if (has_scenario) return;
  if (options.workload.empty()) {
    throw UsageError(
        "--workload W is needed, with --board B or --grid FILE; or --scenario S, or --root DIR");
  }
  if (!has_grid && options.board.empty()) {
    throw UsageError("--board B is needed, or --grid FILE");
  }
}

SearchTask grid_task(const SearchCommandOptions& options) {
  if (!options.assignments.empty()) {
    throw UsageError("--set goes with --scenario or --board, not with --grid");
  }
  const auto jobs = read_measured_jobs(options.grid, options.board);
  MeasuredGrid grid = measured_grid(jobs, options.workload);
  SearchTask task;
  task.board = load_board(grid.board).board;
  if (!options.board.empty()) task.board = load_board(options.board).board;
  task.cpus_online = task.board.cpus;
  task.what = fmt::format("{}, measured", options.workload);
  const std::vector<std::string> named = prior_workloads(options);
  if (!named.empty() || options.prior.empty()) {
    task.others = other_surfaces(grid, options.workload, named);
  }
  GridNoise noise;
  noise.noise = options.noise;
  noise.seed = options.seed;
  task.field = std::make_unique<GridField>(std::move(grid), options.workload, noise);
  return task;
}

// Beside this program, or where the shell finds it.
std::string daemon_of(const SearchCommandOptions& options) {
  if (!options.daemon.empty()) return options.daemon;
  const auto beside = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "flyballd";
  return std::filesystem::exists(beside) ? beside.string() : "flyballd";
}

SearchTask board_task(const SearchCommandOptions& options) {
  auto field = std::make_unique<BoardField>(
      BoardFieldConfig{daemon_of(options), options.root, options.sample_seconds});
  SearchTask task;
  task.board = field->description();
  task.cpus_online = field->cpus_online();
  task.what = "the board's own work";
  task.field = std::move(field);
  return task;
}

SimConfig saturated(const SearchCommandOptions& options, const BoardConfig& board,
                    const std::string& workload) {
  SimConfig config = board_sim_config(board);
  const auto assignments = named_assignments(options.assignments).workload;
  const bool is_searched = workload == options.workload;
  config.work =
      load_workload(workload, board, {{}, is_searched ? assignments : std::vector<std::string>{}})
          .work;
  config.arrivals = ClosedLoop{kEndless, options.batch, std::nullopt};
  config.service_noise = options.noise;
  return config;
}

SearchTask workload_task(const SearchCommandOptions& options) {
  const BoardConfig board = load_board(options.board, named_assignments(options.assignments).board);
  const SimConfig config = saturated(options, board, options.workload);
  SimulatedFieldConfig field;
  field.text = fmt::format("{} on {}, batch {}, noise {:g}, seed {}", options.workload,
                           options.board, options.batch, options.noise, options.seed);
  for (const std::string& assignment : options.assignments) field.text += ", " + assignment;
  field.make = [config](std::uint64_t seed) {
    SimConfig drawn = config;
    drawn.seed = seed;
    return drawn;
  };
  field.seed = options.seed;
  field.loop.simulated_think_seconds = Delays(0.001);
  field.power_seconds = options.power_seconds.value_or(0.0);
  SearchTask task;
  auto simulated = std::make_unique<SimulatedField>(field);
  for (const std::string& other : prior_workloads(options)) {
    if (other == options.workload) {
      throw UsageError(fmt::format("--prior {}: is what is searched itself", other));
    }
    task.others.push_back(
        simulated->saturated_surface(other, saturated(options, board, other), options.batch));
  }
  task.field = std::move(simulated);
  task.board = board.board;
  task.cpus_online = config.mode.cpus_online;
  task.what = fmt::format("{}, batch {}", options.workload, options.batch);
  return task;
}

SearchTask scenario_task(const SearchCommandOptions& options) {
  const Scenario scenario = load_scenario(options.scenario, options.assignments);
  SimulatedFieldConfig field;
  field.text = fmt::format("{}, seed {}", options.scenario, options.seed);
  for (const std::string& assignment : options.assignments) field.text += ", " + assignment;
  field.make = [scenario](std::uint64_t seed) { return make_sim_config(scenario, seed); };
  field.seed = options.seed;
  field.knobs = scenario.control.knobs;
  SearchTask task;
  task.field = std::make_unique<ScenarioField>(field);
  task.board = scenario.board.board;
  task.cpus_online = scenario.mode.cpus_online;
  task.what = options.scenario;
  task.limit_seconds = scenario.objective.latency_mean_seconds;
  return task;
}

}  // namespace

SearchTask make_search_task(const SearchCommandOptions& options) {
  require_one_source(options);
  SearchTask task = !options.root.empty()       ? board_task(options)
                    : !options.grid.empty()     ? grid_task(options)
                    : !options.scenario.empty() ? scenario_task(options)
                                                : workload_task(options);
  add_policies(options, task);
  if (options.limit_seconds || options.slowdown) {
    task.limit_seconds = options.limit_seconds;
    task.slowdown = options.slowdown;
  }
  if (!task.limit_seconds && !task.slowdown) {
    throw UsageError(
        "--limit-latency S or --slowdown X is needed: without a limit on latency the "
        "least energy is often at clocks that nobody wants");
  }
  return task;
}

}  // namespace flyball
