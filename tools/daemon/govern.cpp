#include "tools/daemon/govern.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "controllers/learned_governor.h"
#include "env/action_space.h"
#include "env/errors.h"
#include "env/jetson/board_discovery.h"
#include "env/jetson/jetson_plant.h"
#include "env/wakeable_timeline.h"
#include "policies/policy_file.h"
#include "tools/config/board_config.h"
#include "tools/daemon/run_log.h"
#include "tools/daemon/service_manager.h"
#include "tools/daemon/shadow_plant.h"
#include "tools/daemon/watcher.h"
#include "tools/exit_codes.h"
#include "tools/preference_options.h"

namespace flyball {

namespace {

constexpr double kUsualSampleSeconds = 0.1;
// An application's figures are believed for so many decision periods.
constexpr double kPatiencePeriods = 2.0;
constexpr double kLeastPatienceSeconds = 1.0;
constexpr double kLeastWatchSeconds = 0.8;
constexpr double kWaitPollSeconds = 0.1;

// The policy as the command line wants it to run.
PolicyFile adapted(const PolicyFile& trained, const GovernOptions& options) {
  PolicyFile file = preferred(trained, options.preference, options.policy.string());
  if (options.period_seconds) file.metadata.encoder.period_seconds = *options.period_seconds;
  return file;
}

Board board_of(const GovernOptions& options, const PolicyMetadata& policy) {
  Board board = load_board(options.board.empty() ? policy.board : options.board).board;
  if (board.id != policy.board) {
    throw DataError(fmt::format("{}: the policy was trained for board {}, not for {}",
                                options.policy.string(), policy.board, board.id));
  }
  return board;
}

// Which levels of a knob some supported action has.
std::vector<KnownTable> known_tables(const PolicyMetadata& policy) {
  std::vector<KnownTable> tables;
  std::vector<std::size_t> sizes;
  for (const PolicyKnob& knob : policy.knobs) {
    tables.push_back({knob.name, knob.levels, std::vector<bool>(knob.levels.size(), false)});
    sizes.push_back(knob.levels.size());
  }
  const ActionSpace space(sizes);
  std::vector<Level> action(sizes.size());
  for (std::size_t index = 0; index < policy.support.size(); ++index) {
    if (policy.support[index] == 0) continue;
    space.levels_of(index, action);
    for (std::size_t k = 0; k < action.size(); ++k) tables[k].used[action[k]] = true;
  }
  std::erase_if(tables, [](const KnownTable& table) { return table.name == "batch"; });
  return tables;
}

// What the policy observes of the sensors.
TelemetryNeeds needs_of(const PolicyMetadata& policy) {
  const EncoderConfig& encoder = policy.encoder;
  const bool turns_cpu =
      std::ranges::any_of(policy.knobs, [](const PolicyKnob& knob) { return knob.name == "cpu"; });
  return {(encoder.with_utilization && turns_cpu) || encoder.with_mode, encoder.with_power,
          encoder.with_temperature};
}

JetsonConfig jetson_config(const GovernOptions& options, const PolicyMetadata& policy,
                           const Teller& tell) {
  JetsonConfig config;
  config.root = options.root;
  config.board = board_of(options, policy);
  config.state_directory = options.state_directory;
  config.application_patience_seconds =
      std::max(kLeastPatienceSeconds, kPatiencePeriods * policy.encoder.period_seconds);
  config.needs = needs_of(policy);
  config.tables = known_tables(policy);
  config.tell = tell;
  config.only_reads = options.dry_run;
  config.wake_descriptor = options.wake_descriptor;
  return config;
}

JetsonPlant open_board(JetsonConfig config) {
  const std::string root = config.root.string();
  const std::string id = config.board.id;
  try {
    return JetsonPlant(std::move(config));
  } catch (const std::system_error& error) {
    const bool is_busy = error.code() == std::errc::device_or_resource_busy;
    throw CommandError(kExitRefused, fmt::format("{}{}", error.what(),
                                                 is_busy ? ": another flyballd governs it" : ""));
  } catch (const std::runtime_error& error) {
    throw CommandError(kExitRefused, fmt::format("{} as {}: {}", root, id, error.what()));
  }
}

// A board's file system may be mounted after the daemon was started. Nothing is made meanwhile.
void wait_for_board(const GovernOptions& options, const GovernHooks& hooks) {
  if (options.wait_seconds <= 0.0 || has_cpu_policies(options.root.string())) return;
  WakeableTimeline timeline(options.wake_descriptor);
  const double until = timeline.now_seconds() + options.wait_seconds;
  hooks.tell(fmt::format("{}: no board's files yet; waits {:g} s for them", options.root.string(),
                         options.wait_seconds));
  while (!has_cpu_policies(options.root.string()) && timeline.now_seconds() < until) {
    timeline.sleep_until(timeline.now_seconds() + kWaitPollSeconds);
    if (hooks.stop(0.0)) throw Interrupted("interrupted before there was a board");
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

std::unique_ptr<RunLog> open_log(const GovernOptions& options, const Plant& plant,
                                 const LearnedGovernor& governor, const Teller& tell) {
  if (options.log.empty()) return nullptr;
  TelemetryLogHeader header;
  header.plant = plant.description();
  header.leased_knobs = governor.knob_names();
  header.scenario = "flyballd";
  header.version = FLYBALL_VERSION;
  header.governor = governor.name();
  return std::make_unique<RunLog>(options.log, header, tell);
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
    throw CommandError(kExitRefused, error.what());
  } catch (const std::runtime_error& error) {
    throw CommandError(kExitRefused, error.what());
  }
}

// Where jetson_clocks holds every clock at one frequency there is nothing to govern.
void check_freedom(JetsonPlant& board, const LearnedGovernor& governor) {
  std::string files;
  for (const std::size_t knob : leased_knobs(governor, board)) {
    const Knob& turned = board.description().knobs[knob];
    if (turned.is_application() || turned.name == "emc") continue;
    const std::string file = board.controls()->pinned_file(knob);
    if (file.empty()) return;
    files += fmt::format("{}{}", files.empty() ? "" : ", ", file);
  }
  if (files.empty()) return;
  throw CommandError(
      kExitRefused,
      fmt::format(
          "{}: the minimum is the maximum, so nothing is left to govern (jetson_clocks does "
          "that): run `jetson_clocks --restore`, then start again",
          files));
}

// How long the governing process may say nothing: two readings, or the least that a busy machine
// needs.
double patience_seconds(const LoopConfig& config) {
  return std::max(kLeastWatchSeconds, 2.0 * config.sample_seconds);
}

void start_watcher(std::optional<Watcher>& watcher, BoardControls& controls,
                   const LoopConfig& config) {
  try {
    watcher.emplace(controls, patience_seconds(config));
  } catch (const std::system_error& error) {
    throw CommandError(kExitRefused, error.what());
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
  if (options.guarded) governor.guard(guard_config(governor.metadata()));
  const LoopConfig config = loop_config(options, governor.period().seconds);
  wait_for_board(options, hooks);
  JetsonPlant board = open_board(jetson_config(options, governor.metadata(), hooks.tell));
  check_freedom(board, governor);
  ShadowPlant shadow(board);
  Plant& plant = options.dry_run ? static_cast<Plant&>(shadow) : board;
  GovernReport report;
  report.policy_checksum = policy_checksum(file);
  report.board = file.metadata.board;
  report.knobs = governor.knob_names();
  report.period_seconds = config.period_seconds;
  report.sample_seconds = config.sample_seconds;
  report.dry_run = options.dry_run;
  const std::unique_ptr<RunLog> log = open_log(options, plant, governor, hooks.tell);
  ServiceManager manager;
  std::optional<Watcher> watcher;  // outlives the lease
  {
    ControlLoop loop = take_clocks(plant, governor, config, log.get());
    if (!options.dry_run) start_watcher(watcher, *board.controls(), config);
    hooks.on_start(report);
    manager.ready();
    const auto stop = [&](double governed_seconds) {
      manager.alive(plant.timeline().now_seconds());
      if (watcher && !watcher->beat(plant.timeline().now_seconds())) report.unwatched = true;
      return hooks.stop(governed_seconds) || report.unwatched;
    };
    report.loop = run_loop(loop, plant.timeline(), options.for_seconds, stop);
    manager.stopping();
  }  // gives the clocks back
  watcher.reset();
  if (!options.dry_run) report.restore = board.restore_report();
  if (log) log->close();
  report.fallbacks = governor.fallbacks();
  report.guard = governor.guard_report();
  report.last_levels = last_levels(governor, report.loop);
  report.last_failure = board.last_failure();
  return report;
}

}  // namespace flyball
