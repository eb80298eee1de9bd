#include "tools/commands/emulate_command.h"

#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>

#include "controllers/evaluation/sim_setup.h"
#include "env/errors.h"
#include "env/timeline.h"
#include "tools/config/board_config.h"
#include "tools/config/scenario.h"
#include "tools/config/set_option.h"
#include "tools/config/workload_config.h"
#include "tools/console.h"
#include "tools/emulator/emulated_board.h"
#include "tools/emulator/fuse_mount.h"
#include "tools/interrupt.h"
#include "tools/program.h"

namespace flyball {

namespace {

constexpr double kServeSeconds = 0.005;  // the engine advances at least that often
constexpr std::uint64_t kEndless = std::uint64_t{1} << 40;  // requests of a loop that never ends

struct EmulateOptions {
  std::string board;
  std::string workload;
  std::string scenario;
  std::vector<std::string> assignments;
  std::vector<std::string> faults;
  std::string directory;
  std::optional<int> mode;
  std::optional<int> jetpack;
  std::optional<double> for_seconds;
  std::size_t batch = 16;
  double speed = 1.0;
  std::uint64_t seed = 0;
  bool json = false;
};

// Requests back to back: what a board does when nobody says otherwise.
EmulationConfig closed_loop(const EmulateOptions& options, BoardConfig& board) {
  if (options.board.empty() || options.workload.empty()) {
    throw UsageError("either --scenario, or --board and --workload, must be given");
  }
  const NamedAssignments assignments = named_assignments(options.assignments);
  board = load_board(options.board, assignments.board);
  EmulationConfig config;
  config.sim.board = board.board;
  config.sim.mode = find_mode(board.board, options.mode.value_or(board.board.default_mode));
  config.sim.work = load_workload(options.workload, board, {{}, assignments.workload}).work;
  config.sim.sensor = board.sensor;
  config.sim.thermal = board.thermal;
  config.sim.power_budget = board.power_budget;
  config.sim.arrivals = ClosedLoop{kEndless, options.batch, std::nullopt};
  config.sim.batch_levels = {1, 2, 4, 8, 16, 32, 64};
  config.sim.default_batch = static_cast<double>(options.batch);
  config.sim.seed = options.seed;
  return config;
}

EmulationConfig of_scenario(const EmulateOptions& options, BoardConfig& board) {
  if (!options.board.empty() || !options.workload.empty() || options.mode) {
    throw UsageError("--scenario names board, workload and mode: leave out the other options");
  }
  const Scenario scenario = load_scenario(options.scenario, options.assignments);
  board = scenario.board;
  EmulationConfig config;
  config.sim = make_sim_config(scenario, options.seed);
  return config;
}

EmulationConfig make_config(const EmulateOptions& options) {
  BoardConfig board;
  EmulationConfig config =
      options.scenario.empty() ? closed_loop(options, board) : of_scenario(options, board);
  if (board.files.empty()) {
    throw ConfigError(fmt::format("{}: the board file has no [[files]] to show", board.board.id));
  }
  int newest = 0;
  for (const BoardFiles& files : board.files) newest = std::max(newest, files.jetpack);
  try {
    config.files = find_files(board.files, options.jetpack.value_or(newest));
  } catch (const std::invalid_argument& error) {
    throw UsageError(fmt::format("--jetpack: {}", error.what()));
  }
  config.modules = board.identity.modules;
  config.boot = options.seed;
  config.speed = options.speed;
  return config;
}

// What the emulation did, as the engine knows it.
void print_truth(const SimTruth& truth, bool json) {
  const double mean_watts = truth.seconds > 0.0 ? truth.energy_joules / truth.seconds : 0.0;
  if (json) {
    const nlohmann::ordered_json document = {
        {"seconds", truth.seconds},      {"served", truth.served},
        {"missed", truth.missed},        {"unserved", truth.unserved},
        {"batches", truth.batches},      {"energy_joules", truth.energy_joules},
        {"mean_power_watts", mean_watts}};
    say("{}\n", document.dump(2));
    return;
  }
  say("emulated {:.1f} s: {} requests served, {} missed, {} left; {:.1f} J, {:.2f} W\n",
      truth.seconds, truth.served, truth.missed, truth.unserved, truth.energy_joules, mean_watts);
}

std::unique_ptr<FuseMount> mount_board(EmulatedBoard& board, const std::string& directory) {
  try {
    return std::make_unique<FuseMount>(board, directory);
  } catch (const std::system_error& error) {
    throw CommandError(kExitRefused, error.what());
  }
}

int run_emulate(const EmulateOptions& options) {
  const EmulationConfig config = make_config(options);
  const SteadyTimeline timeline;
  EmulatedBoard board(config, [&timeline] { return timeline.now_seconds(); });
  for (const std::string& fault : options.faults) {
    try {
      board.set_fault(fault);
    } catch (const std::invalid_argument& error) {
      throw UsageError(fmt::format("--fault {}", error.what()));
    }
  }
  const double start = timeline.now_seconds();
  const auto is_over = [&] {
    return options.for_seconds && timeline.now_seconds() - start >= *options.for_seconds;
  };
  bool mounted = true;
  {
    const std::unique_ptr<FuseMount> mount = mount_board(board, options.directory);
    remark("flyball emulate: {} (JetPack {}, mode {} {}) on {}; Ctrl-C unmounts\n",
           config.sim.board.id, config.files.jetpack, config.sim.mode.id, config.sim.mode.name,
           options.directory);
    while (mounted && !interrupted() && !is_over()) {
      mounted = mount->serve(kServeSeconds);
      board.advance();
    }
  }
  print_truth(board.truth(), options.json);
  if (!mounted)
    throw CommandError(kExitRefused, options.directory + ": unmounted by somebody else");
  return options.for_seconds && !is_over() ? kExitInterrupted : kExitOk;
}

}  // namespace

void add_emulate_command(CLI::App& app, CommandResult& result) {
  auto options = std::make_shared<EmulateOptions>();
  CLI::App* command =
      app.add_subcommand("emulate", "Mount a board's files, driven by the simulation in real time");
  command->add_option("--board", options->board, "Board, id or file")->type_name("BOARD");
  command->add_option("--workload", options->workload, "Workload, id or file, in a closed loop")
      ->type_name("WORKLOAD");
  command
      ->add_option("--scenario", options->scenario, "Scenario, id or file: board, workload, load")
      ->type_name("SCENARIO");
  add_set_option(*command, options->assignments, "board.sensor.noise_watts=0.1");
  command->add_option("--mount", options->directory, "An empty directory")
      ->type_name("DIR")
      ->required();
  command->add_option("--mode", options->mode, "nvpmodel mode (default: the board's)")
      ->check(whole_in(0, 65535))
      ->type_name("ID");
  command->add_option("--jetpack", options->jetpack, "Whose files (default: the newest described)")
      ->check(whole_in(4, 7));
  command->add_option("--batch", options->batch, "Requests outstanding in the closed loop")
      ->capture_default_str()
      ->check(whole_in(1, 1024));
  command
      ->add_option("--fault", options->faults,
                   "A file that fails, as often as needed: EIO, EINVAL, EAGAIN, EACCES, ENODEV,\n"
                   "ENODATA, EBUSY (its CPUs are offline), slow, hung, stuck (writes change\n"
                   "nothing), gone, writes:VALUE:EVERY (somebody insists); or nvpmodel=ID,\n"
                   "jetson_clocks=on, jetson_clocks=restore; while it is mounted by writing the\n"
                   "same, or FILE=ok, to emulator/faults below DIR")
      ->type_name("FILE=KIND[@SECONDS]")
      ->allow_extra_args(false);
  command
      ->add_option("--speed", options->speed,
                   "How many seconds go by on the board in one of ours: give flyballd a --period "
                   "and\n--sample so much shorter")
      ->check(number_in(0.01, 1000.0))
      ->type_name("X")
      ->capture_default_str();
  command
      ->add_option("--for", options->for_seconds,
                   "How long, in seconds of ours (default: until Ctrl-C)")
      ->type_name("SECONDS")
      ->check(above_zero());
  command->add_option("--seed", options->seed, "Of arrivals and noise; varies device numbers too")
      ->check(seed_number())
      ->capture_default_str();
  command->add_flag("--json", options->json, "One JSON document on stdout");
  command->footer(
      "Examples:\n"
      "  mkdir /tmp/nx\n"
      "  flyball emulate --board xavier-nx-8gb --workload resnet18 --mount /tmp/nx\n"
      "  cat /tmp/nx/sys/class/devfreq/*.gv11b/cur_freq\n"
      "  flyballd run --policy P.flyball --root /tmp/nx --for 10\n"
      "  echo cur_freq=EIO > /tmp/nx/emulator/faults     (and echo cur_freq=ok)\n"
      "  echo nvpmodel=2 > /tmp/nx/emulator/faults       (as nvpmodel -m 2 does)\n\n"
      "The files are described in tools/emulator/README.md. Ends by Ctrl-C, SIGTERM or --for, and\n"
      "unmounts; after a kill -9 run `umount DIR`.");
  command->callback([options, &result] { result.exit_code = run_emulate(*options); });
}

}  // namespace flyball
