#include "tools/daemon/govern.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "controllers/learned_governor.h"
#include "env/jetson/jetson_plant.h"
#include "env/logs/telemetry_log.h"
#include "policies/policy_file.h"
#include "tools/config/board_config.h"
#include "tools/daemon/shadow_plant.h"
#include "tools/exit_codes.h"
#include "tools/preference_options.h"

namespace flyball {

namespace {

constexpr double kUsualSampleSeconds = 0.1;

// The policy as the command line wants it to run.
PolicyFile adapted(const PolicyFile& trained, const GovernOptions& options) {
  PolicyFile file = preferred(trained, options.preference, options.policy.string());
  if (options.period_seconds) file.metadata.encoder.period_seconds = *options.period_seconds;
  return file;
}

Board board_of(const GovernOptions& options, const PolicyMetadata& policy) {
  Board board = load_board(options.board.empty() ? policy.board : options.board).board;
  if (board.id != policy.board) {
    throw InputError(fmt::format("{}: the policy was trained for board {}, not for {}",
                                 options.policy.string(), policy.board, board.id));
  }
  return board;
}

JetsonPlant open_board(const GovernOptions& options, Board board) {
  const std::string id = board.id;
  try {
    JetsonConfig config;
    config.root = options.root;
    config.board = std::move(board);
    config.state_directory = options.state_directory;
    config.wake_descriptor = options.wake_descriptor;
    return JetsonPlant(std::move(config));
  } catch (const std::system_error& error) {
    const bool is_busy = error.code() == std::errc::device_or_resource_busy;
    throw CommandError(kExitRefused, fmt::format("{}{}", error.what(),
                                                 is_busy ? ": another flyballd governs it" : ""));
  } catch (const std::runtime_error& error) {
    throw CommandError(kExitRefused,
                       fmt::format("{} as {}: {}", options.root.string(), id, error.what()));
  }
}

// The policy's knobs among the plant's.
std::vector<std::size_t> leased_knobs(const LearnedGovernor& governor, const Plant& plant) {
  std::vector<std::size_t> knobs;
  try {
    for (const std::string& name : governor.knob_names()) {
      knobs.push_back(find_knob(plant.description().knobs, name));
    }
  } catch (const std::invalid_argument& error) {
    throw CommandError(kExitRefused,
                       fmt::format("the board lacks what the policy turns: {}", error.what()));
  }
  return knobs;
}

LoopConfig loop_config(const GovernOptions& options, double period_seconds) {
  LoopConfig config;
  config.period_seconds = period_seconds;
  const double samples = std::max(1.0, std::round(period_seconds / kUsualSampleSeconds));
  config.sample_seconds = options.sample_seconds.value_or(period_seconds / samples);
  try {
    validate(config);
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
  return config;
}

std::unique_ptr<TelemetryLogWriter> open_log(const GovernOptions& options, const Plant& plant,
                                             const LearnedGovernor& governor) {
  if (options.log.empty()) return nullptr;
  TelemetryLogHeader header;
  header.plant = plant.description();
  header.leased_knobs = governor.knob_names();
  header.scenario = "flyballd";
  header.version = FLYBALL_VERSION;
  header.governor = governor.name();
  return std::make_unique<TelemetryLogWriter>(options.log, header);
}

// Checks that policy and board fit, and leases. Nothing is written yet.
ControlLoop take_clocks(Plant& plant, LearnedGovernor& governor, const LoopConfig& config,
                        TelemetrySink* log) {
  const std::vector<std::size_t> knobs = leased_knobs(governor, plant);
  try {
    return ControlLoop(plant, &governor, knobs, config, log);
  } catch (const std::invalid_argument& error) {  // the governor's refusal
    throw CommandError(kExitRefused, error.what());
  } catch (const std::system_error& error) {
    throw CommandError(kExitRefused, fmt::format("taking the clocks: {}", error.what()));
  }
}

LoopReport run_loop(ControlLoop& loop, Timeline& timeline, std::optional<double> for_seconds,
                    const std::function<bool(double)>& stop) {
  const double start = timeline.now_seconds();
  const double until = start + for_seconds.value_or(std::numeric_limits<double>::infinity());
  return loop.run([&] { return stop(timeline.now_seconds() - start); }, until);
}

std::vector<double> last_levels(const LearnedGovernor& governor, const LoopReport& loop) {
  std::vector<double> levels;
  if (loop.decisions == 0) return levels;
  const std::span<const Level> action = governor.last_action();
  for (std::size_t k = 0; k < action.size(); ++k) {
    levels.push_back(governor.metadata().knobs[k].levels[action[k]]);
  }
  return levels;
}

}  // namespace

GovernReport govern(const GovernOptions& options, const GovernHooks& hooks) {
  const PolicyFile file = load_policy(options.policy, FileTrust::kOwned);
  LearnedGovernor governor(adapted(file, options));
  const LoopConfig config = loop_config(options, governor.period().seconds);
  JetsonPlant board = open_board(options, board_of(options, file.metadata));
  ShadowPlant shadow(board);
  Plant& plant = options.dry_run ? static_cast<Plant&>(shadow) : board;
  GovernReport report;
  report.policy_checksum = policy_checksum(file);
  report.board = file.metadata.board;
  report.knobs = governor.knob_names();
  report.period_seconds = config.period_seconds;
  report.sample_seconds = config.sample_seconds;
  report.dry_run = options.dry_run;
  const std::unique_ptr<TelemetryLogWriter> log = open_log(options, plant, governor);
  {
    ControlLoop loop = take_clocks(plant, governor, config, log.get());
    hooks.on_start(report);
    report.loop = run_loop(loop, plant.timeline(), options.for_seconds, hooks.stop);
  }  // gives the clocks back
  if (!options.dry_run) report.restore = board.restore_report();
  if (log) log->close();
  report.fallbacks = governor.fallbacks();
  report.last_levels = last_levels(governor, report.loop);
  return report;
}

}  // namespace flyball
