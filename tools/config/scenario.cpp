#include "tools/config/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "controllers/evaluation/sim_setup.h"
#include "env/nearest_name.h"
#include "tools/config/arrivals_config.h"
#include "tools/config/board_config.h"
#include "tools/config/config_directory.h"
#include "tools/config/delays_config.h"
#include "tools/config/positive.h"
#include "tools/config/scenario_application.h"

namespace flyball {

namespace {

Objective read_objective(const TomlTable& table, const ArrivalsConfig& arrivals) {
  Objective objective;
  objective.latency_mean_seconds = optional_positive(table, "latency_mean_seconds");
  objective.latency_mean_factor = optional_positive(table, "latency_mean_factor");
  objective.in_time_share = optional_positive(table, "in_time_share");
  if (objective.latency_mean_seconds && objective.latency_mean_factor) {
    table.fail("latency_mean_factor", "give either this or latency_mean_seconds");
  }
  if (objective.in_time_share && *objective.in_time_share > 1.0) {
    table.fail("in_time_share", "must be at most 1");
  }
  const bool is_trace = std::holds_alternative<TraceArrivals>(arrivals.source);
  if (objective.in_time_share && !arrivals.deadline_seconds && !is_trace) {
    table.fail("in_time_share", "needs arrivals.deadline_seconds");
  }
  return objective;
}

// Ascending and above 0; requests.
std::vector<double> read_batch_levels(const TomlTable& table) {
  const auto levels = table.optional<std::vector<double>>("batch_levels");
  if (!levels) return {};
  for (std::size_t i = 0; i < levels->size(); ++i) {
    const bool ascends = i == 0 || (*levels)[i] > (*levels)[i - 1];
    if (!((*levels)[i] >= 1.0 && (*levels)[i] <= kMostBatch) || !ascends) {
      table.fail(std::invalid_argument(fmt::format(
          "batch_levels[{}]: must be in [1, {}] and above the entry before it", i, kMostBatch)));
    }
  }
  return *levels;
}

void check_knobs(const TomlTable& table, const ControlConfig& control, const Board& board) {
  std::vector<std::string> known;
  for (const Knob& knob : board.knobs) known.push_back(knob.name);
  if (!control.batch_levels.empty()) known.emplace_back("batch");
  if (control.knobs.empty()) {
    table.fail("knobs", fmt::format("must name a knob (allowed: {})", join_names(known)));
  }
  for (std::size_t i = 0; i < control.knobs.size(); ++i) {
    const std::string& name = control.knobs[i];
    if (name == "batch" && control.batch_levels.empty()) {
      table.fail(std::invalid_argument(fmt::format("knobs[{}]: \"batch\" needs batch_levels", i)));
    }
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      table.fail(std::invalid_argument(
          fmt::format("knobs[{}]: no knob \"{}\" (allowed: {})", i, name, join_names(known))));
    }
    if (std::count(control.knobs.begin(), control.knobs.end(), name) > 1) {
      table.fail(std::invalid_argument(fmt::format("knobs[{}]: \"{}\" is named twice", i, name)));
    }
  }
}

ControlConfig read_control(const TomlTable& table, const Board& board) {
  ControlConfig control;
  control.knobs = table.required<std::vector<std::string>>("knobs");
  control.batch_levels = read_batch_levels(table);
  control.default_batch = optional_positive(table, "default_batch", kMostBatch);
  check_knobs(table, control, board);
  control.period_seconds = required_period(table, "period_seconds");
  control.sample_seconds = optional_period(table, "sample_seconds").value_or(0.1);
  const double samples = control.period_seconds / control.sample_seconds;
  if (samples < 1.0 - 1e-9 || std::abs(samples - std::round(samples)) > 1e-6) {
    table.fail("period_seconds",
               fmt::format("must be a multiple of sample_seconds = {}", control.sample_seconds));
  }
  read_delays(table, control);
  return control;
}

void read_board_part(const TomlTable& file, Scenario& scenario) {
  scenario.board = read_board(TomlTable::parse_file(named_config(file, "board", "boards")));
  const Board& board = scenario.board.board;
  const int id = file.optional<int>("nvpmodel").value_or(board.default_mode);
  try {
    scenario.mode = find_mode(board, id);
  } catch (const std::invalid_argument& error) {
    file.fail("nvpmodel", error.what());
  }
  scenario.cpu_floor_hz = optional_positive(file, "cpu_floor_hz");
}

void require_ambient(const TomlTable& table, const char* key, double celsius) {
  if (!(celsius >= -40.0 && celsius <= 85.0)) table.fail(key, "must be in [-40, 85]");
}

void read_ambient(const TomlTable& file, Scenario& scenario) {
  file.read("ambient_celsius", scenario.ambient_celsius);
  require_ambient(file, "ambient_celsius", scenario.ambient_celsius);
  double before = 0.0;
  for (const TomlTable& entry : file.tables("ambient_steps")) {
    const AmbientStep step{entry.required<double>("time_seconds"),
                           entry.required<double>("celsius")};
    if (!(std::isfinite(step.time_seconds) && step.time_seconds > before)) {
      entry.fail("time_seconds", fmt::format("must be above {:g}, the step before it", before));
    }
    require_ambient(entry, "celsius", step.celsius);
    before = step.time_seconds;
    scenario.ambient_steps.push_back(step);
  }
}

constexpr std::size_t kMostSeeds = 1000;

void read_seeds(const TomlTable& file, Scenario& scenario) {
  const auto seeds = file.optional<std::vector<int>>("seeds");
  for (const int seed : seeds.value_or(std::vector<int>{1})) {
    if (seed < 0) file.fail("seeds", "must be whole numbers, 0 or more");
    scenario.seeds.push_back(static_cast<std::uint64_t>(seed));
  }
  if (scenario.seeds.empty() || scenario.seeds.size() > kMostSeeds) {
    file.fail("seeds", fmt::format("must hold between 1 and {}", kMostSeeds));
  }
}

}  // namespace

Scenario load_scenario(const std::string& id_or_path) {
  Scenario scenario;
  scenario.file = find_config("scenarios", id_or_path);
  scenario.id = scenario.file.stem().string();
  const TomlTable file = TomlTable::parse_file(scenario.file);
  scenario.title = file.required<std::string>("title");
  read_board_part(file, scenario);
  read_application(file, scenario);
  scenario.arrivals = read_arrivals(file.table("arrivals"));
  if (const auto table = file.optional_table("objective")) {
    scenario.objective = read_objective(*table, scenario.arrivals);
  }
  scenario.control = read_control(file.table("control"), scenario.board.board);
  scenario.timeout_seconds = optional_positive(file, "timeout_seconds", kMostSeconds);
  read_ambient(file, scenario);
  file.read("service_noise", scenario.service_noise);
  if (!(scenario.service_noise >= 0.0 && scenario.service_noise <= 1.0)) {
    file.fail("service_noise", "must be in [0, 1]");
  }
  read_seeds(file, scenario);
  file.reject_unknown();
  try {
    validate(make_sim_config(scenario, scenario.seeds.front()));
  } catch (const std::invalid_argument& error) {
    file.fail(error);
  }
  return scenario;
}

}  // namespace flyball
