#include "tools/config/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "controllers/evaluation/sim_setup.h"
#include "env/nearest_name.h"
#include "tools/config/board_config.h"
#include "tools/config/config_directory.h"
#include "tools/config/delays_config.h"
#include "tools/config/read_fields.h"
#include "tools/config/scenario_application.h"
#include "tools/config/scenario_name.h"
#include "tools/config/scenario_toml.h"

namespace flyball {

namespace {

constexpr std::size_t kMostSeeds = 1000;

[[noreturn]] void fail(const std::string& key, const std::string& message) {
  throw std::invalid_argument(fmt::format("{}: {}", key, message));
}

void check_objective(const Objective& objective, const ArrivalsConfig& arrivals) {
  if (objective.latency_mean_seconds && objective.latency_mean_factor) {
    fail("objective.latency_mean_factor", "give either this or latency_mean_seconds");
  }
  const bool is_trace = std::holds_alternative<TraceArrivals>(arrivals.source);
  if (objective.in_time_share && !arrivals.deadline_seconds && !is_trace) {
    fail("objective.in_time_share", "needs arrivals.deadline_seconds");
  }
}

void check_levels(const char* key, const std::vector<double>& levels) {
  for (std::size_t i = 1; i < levels.size(); ++i) {
    if (levels[i] > levels[i - 1]) continue;
    fail(fmt::format("control.{}[{}]", key, i), "must be above the entry before it");
  }
}

void check_whole(const char* key, const std::vector<double>& levels) {
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (levels[i] == std::floor(levels[i])) continue;
    fail(fmt::format("control.{}[{}]", key, i), "must be a whole number");
  }
}

void check_knobs(const ControlToml& control, const Board& board) {
  std::vector<std::string> known;
  for (const Knob& knob : board.knobs) known.push_back(knob.name);
  if (!control.batch_levels.empty()) known.emplace_back(kBatchKnob);
  if (!control.offload_levels.empty()) known.emplace_back(kOffloadKnob);
  if (!control.fine_tuning_levels.empty()) known.emplace_back(kFineTuningKnob);
  if (control.knobs.empty()) {
    fail("control.knobs", fmt::format("must name a knob (allowed: {})", join_names(known)));
  }
  for (std::size_t i = 0; i < control.knobs.size(); ++i) {
    const std::string& name = control.knobs[i];
    const std::string key = fmt::format("control.knobs[{}]", i);
    if (name == kBatchKnob && control.batch_levels.empty()) {
      fail(key, "\"batch\" needs batch_levels");
    }
    if (name == kOffloadKnob && control.offload_levels.empty()) {
      fail(key, "\"offload\" needs offload_levels");
    }
    if (name == kFineTuningKnob && control.fine_tuning_levels.empty()) {
      fail(key, "\"fine_tuning\" needs fine_tuning_levels");
    }
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      fail(key, unknown_name("knob", name, known));
    }
    if (std::count(control.knobs.begin(), control.knobs.end(), name) > 1) {
      fail(key, fmt::format("\"{}\" is named twice", name));
    }
  }
}

void check_caps(const ControlToml& control) {
  for (std::size_t i = 0; i < control.caps.size(); ++i) {
    const auto& knobs = control.knobs;
    const std::string key = fmt::format("control.caps[{}]", i);
    if (std::find(knobs.begin(), knobs.end(), control.caps[i]) == knobs.end()) {
      fail(key, unknown_name("knob", control.caps[i], knobs));
    }
    if (std::count(control.caps.begin(), control.caps.end(), control.caps[i]) > 1) {
      fail(key, fmt::format("\"{}\" is named twice", control.caps[i]));
    }
  }
}

void check_period(const ControlToml& control) {
  const double samples = control.period_seconds / control.sample_seconds;
  if (samples < 1.0 - 1e-9 || std::abs(samples - std::round(samples)) > 1e-6) {
    fail("control.period_seconds",
         fmt::format("must be a multiple of sample_seconds = {}", control.sample_seconds));
  }
}

ControlConfig make_control(const ControlToml& toml, const Board& board) {
  check_levels("batch_levels", toml.batch_levels);
  check_levels("offload_levels", toml.offload_levels);
  check_levels("fine_tuning_levels", toml.fine_tuning_levels);
  check_whole("fine_tuning_levels", toml.fine_tuning_levels);
  check_knobs(toml, board);
  check_caps(toml);
  check_period(toml);
  ControlConfig control;
  control.knobs = toml.knobs;
  control.caps = toml.caps;
  control.batch_levels = toml.batch_levels;
  control.default_batch = toml.default_batch;
  control.offload_levels = toml.offload_levels;
  control.fine_tuning_levels = toml.fine_tuning_levels;
  control.period_seconds = toml.period_seconds;
  control.sample_seconds = toml.sample_seconds;
  set_delays(toml, control);
  return control;
}

void check_ambient_steps(const std::vector<AmbientStep>& steps) {
  for (std::size_t i = 1; i < steps.size(); ++i) {
    if (steps[i].time_seconds > steps[i - 1].time_seconds) continue;
    fail(fmt::format("ambient_steps[{}].time_seconds", i),
         fmt::format("must be above {:g}, the step before it", steps[i - 1].time_seconds));
  }
}

void check(const ScenarioToml& toml) {
  validate(toml.arrivals);
  check_objective(toml.objective, toml.arrivals);
  check_ambient_steps(toml.ambient_steps);
  if (!toml.control.offload_levels.empty() && !toml.offload) {
    fail("control.offload_levels", "needs the table [offload]: what sending costs");
  }
  if (!toml.control.fine_tuning_levels.empty() && !toml.fine_tuning) {
    fail("control.fine_tuning_levels", "needs the table [fine_tuning]: what is trained");
  }
  if (toml.seeds.empty() || toml.seeds.size() > kMostSeeds) {
    fail("seeds", fmt::format("must hold between 1 and {}", kMostSeeds));
  }
}

PowerMode mode_of(const ScenarioToml& toml, const Board& board) {
  try {
    return find_mode(board, toml.nvpmodel.value_or(board.default_mode));
  } catch (const std::invalid_argument& error) {
    fail("nvpmodel", error.what());
  }
}

// All but board and application, which other files tell.
void set_own(const ScenarioToml& toml, Scenario& scenario) {
  scenario.title = toml.title;
  scenario.mode = mode_of(toml, scenario.board.board);
  scenario.cpu_floor_hz = toml.cpu_floor_hz;
  scenario.arrivals = toml.arrivals;
  scenario.objective = toml.objective;
  scenario.control = make_control(toml.control, scenario.board.board);
  scenario.timeout_seconds = toml.timeout_seconds;
  scenario.ambient_celsius = toml.ambient_celsius;
  scenario.ambient_steps = toml.ambient_steps;
  scenario.service_noise = toml.service_noise;
  scenario.seeds = toml.seeds;
}

// What the file says goes into `scenario`.
void fill(Scenario& scenario, const TomlTable& file) {
  const auto toml = read_fields<ScenarioToml>(file);
  const auto board = named_config(file, "board", "boards");
  scenario.board = load_board(board.string(), file.take_assignments("board"));
  file.checked([&] {
    check(toml);
    set_own(toml, scenario);
  });
  set_application(file, toml, scenario);
  file.reject_unknown();
  file.checked([&] { validate(make_sim_config(scenario, scenario.seeds.front())); });
}

std::string quoted(const std::string& text) { return nlohmann::json(text).dump(); }

std::string plain_text(const PlainLoad& load) {
  std::string text = fmt::format(
      "title = {}\nboard = {}\nworkload = {}\nservice_noise = 0.015\nseeds = [1, 2, 3]\n"
      "control = {{ knobs = [\"cpu\", \"gpu\", \"emc\"], period_seconds = 0.1 }}\n",
      quoted(load.workload + " on " + load.board), quoted(load.board), quoted(load.workload));
  const std::string deadline =
      load.deadline_seconds ? fmt::format("deadline_seconds = {}", *load.deadline_seconds) : "";
  if (load.deadline_seconds) text += "objective.in_time_share = 0.99\n";
  if (!load.frames_per_second) {
    return text +
           fmt::format("[arrivals]\nkind = \"closed_loop\"\nrequests = 2000\nbatch = 1\n{}\n",
                       deadline);
  }
  return text + fmt::format(
                    "[arrivals]\nkind = \"camera\"\ncameras = 1\nframes_per_second = {}\n"
                    "duration_seconds = 120\n{}\n",
                    *load.frames_per_second, deadline);
}

}  // namespace

Scenario load_scenario(const std::string& named, const std::vector<std::string>& assignments) {
  ScenarioName name = parse_scenario_name(named);
  name.assignments.insert(name.assignments.end(), assignments.begin(), assignments.end());
  Scenario scenario;
  scenario.file = find_config("scenarios", name.id_or_path);
  scenario.id = scenario.file.stem().string();
  fill(scenario, TomlTable::parse_file(scenario.file, name.assignments));
  return scenario;
}

Scenario plain_scenario(const PlainLoad& load, const std::vector<std::string>& assignments) {
  Scenario scenario;
  scenario.id = fmt::format("{} on {}", load.workload, load.board);
  fill(scenario, TomlTable::parse_text(plain_text(load), scenario.id, assignments));
  return scenario;
}

}  // namespace flyball
