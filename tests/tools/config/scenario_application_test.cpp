#include "tools/config/scenario_application.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "controllers/evaluation/sim_setup.h"
#include "controllers/kernel_governors.h"
#include "controllers/run_figures.h"
#include "env/errors.h"
#include "env/sim/sim_plant.h"
#include "tests/support/error_text.h"
#include "tests/support/temporary_directory.h"
#include "tools/config/board_config.h"
#include "tools/config/config_directory.h"
#include "tools/config/read_fields.h"
#include "tools/config/scenario.h"

using namespace flyball;
using doctest::Approx;

namespace {

std::string text_of(const std::string& scenario) {
  std::ifstream file(std::string(FLYBALL_SOURCE_DIR "/configs/scenarios/") + scenario + ".toml");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The scenario with one piece of text replaced, in a file of its own that goes away again.
class Changed {
 public:
  Changed(const std::string& scenario, const std::string& from, const std::string& to)
      : path_(std::filesystem::path(FLYBALL_BINARY_DIR) /
              ("scenario_application_test" + std::to_string(getpid()) + ".toml")) {
    std::string text = text_of(scenario);
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
    std::ofstream(path_) << text;
  }
  ~Changed() { std::filesystem::remove(path_); }

  Scenario load() const { return load_scenario(path_.string()); }
  // Without the file's name.
  std::string error() const {
    const std::string error = error_text([&] { load_scenario(path_.string()); });
    return error.starts_with(path_.string()) ? error.substr(path_.string().size()) : error;
  }

 private:
  std::filesystem::path path_;
};

SimTruth run(SimConfig config) {
  SimPlant plant(std::move(config));
  while (!plant.truth().finished_seconds && plant.timeline().now_seconds() < 3600.0) {
    plant.timeline().sleep_until(plant.timeline().now_seconds() + 10.0);
  }
  return plant.truth();
}

// Mean CPU frequency of CPU 0 over the first minute of a board that serves nothing.
double mean_cpu_hz(const std::string& governor, std::vector<CpuProcess> processes) {
  const Scenario scenario = load_scenario("neighbour-nano");
  SimConfig config = make_sim_config(scenario, 1);
  config.arrivals = std::vector<Arrival>{};
  config.processes = std::move(processes);
  config.residents = resident_factory(substitute(stock_residents(config.board), governor));
  SimPlant plant(std::move(config));
  plant.timeline().sleep_until(60.0);
  const std::vector<double>& table = plant.description().domains[0].frequencies_hz;
  double hertz = 0.0;
  for (std::size_t level = 0; level < table.size(); ++level) {
    hertz += table[level] * plant.truth().residency_seconds[0][level] / 60.0;
  }
  return hertz;
}

}  // namespace

TEST_CASE("the CPU's governors see another process and answer it") {
  for (const char* governor : {"ondemand", "schedutil"}) {
    CAPTURE(governor);
    // Something light keeps the board awake: on an idle one deferrable timers stall, and the clock
    // stays where it was.
    const CpuProcess light{{0}, 0.05, 0.0, {}, {}};
    const double quiet = mean_cpu_hz(governor, {light});
    const double half = mean_cpu_hz(governor, {light, {{1}, 1.0, 0.0, 5.0, 5.0}});
    const double busy = mean_cpu_hz(governor, {light, {{1}, 1.0, 0.0, {}, {}}});
    const double top = load_scenario("neighbour-nano").board.board.knobs[0].levels.back();
    CHECK(quiet < 0.2 * top);
    CHECK(busy > 0.95 * top);
    CHECK(half == Approx(0.5 * (quiet + busy)).epsilon(0.1));
  }
}

// At clocks that stay: a governor that sees the neighbour raises them, which may more than make up
// for the time that it takes.
TEST_CASE("the neighbour on the server's core costs latency, and energy") {
  SimConfig beside = make_sim_config(load_scenario("neighbour-nano"), 1);
  beside.residents = resident_factory({"performance", "performance", "performance"});
  SimConfig alone = beside;
  alone.processes.clear();
  const RunFigures with = figures_of(run(beside));
  const RunFigures without = figures_of(run(alone));
  CHECK(with.served == without.served);
  CHECK(with.latency_mean_seconds > without.latency_mean_seconds);
  CHECK(with.energy_joules > 1.02 * without.energy_joules);
}

TEST_CASE("a mix draws and takes what its workloads do by turns") {
  const Scenario scenario = load_scenario("mix-xavier-nx");
  REQUIRE(scenario.application.mix.phases.size() == 3);
  SimConfig config = make_sim_config(scenario, 1);
  for (std::size_t i : {0UL, 1UL}) {
    config.mix.phases[i].requests.reset();
    config.mix.phases[i].seconds = 20.0;
  }
  config.service_noise = 0.0;
  config.residents = resident_factory({"performance", "performance", "performance"});
  SimPlant plant(config);
  plant.timeline().sleep_until(20.0);
  const std::uint64_t first = plant.truth().served;
  plant.timeline().sleep_until(40.0);
  const std::uint64_t second = plant.truth().served - first;
  SimConfig alone = config;
  alone.mix = {};
  alone.work = scenario.application.mix.phases[1].work;
  SimPlant other(alone);
  other.timeline().sleep_until(20.0);
  // Storage is waited for by blocks of several batches: a stretch may hold one wait more.
  CHECK(static_cast<double>(second) ==
        Approx(static_cast<double>(other.truth().served)).epsilon(0.03));
  CHECK(static_cast<double>(first) != Approx(static_cast<double>(second)).epsilon(0.05));
}

TEST_CASE("fine-tuning is done beside the cameras and starves nobody") {
  SimConfig config = make_sim_config(load_scenario("fine-tuning-agx-xavier"), 1);
  const SimTruth beside = run(config);
  CHECK(beside.minibatches == config.fine_tuning->minibatches);
  CHECK(beside.missed == 0);
  CHECK(beside.at(WorkKind::kFineTuning).joules > 0.1 * beside.energy_joules);
  config.fine_tuning.reset();
  const SimTruth alone = run(config);
  CHECK(beside.served == alone.served);
  CHECK(beside.energy_joules > alone.energy_joules);
}

TEST_CASE("loading and first use are apart from inference, and the switch leaves them out") {
  const SimTruth cold = run(make_sim_config(load_scenario("cold-start-nano"), 1));
  CHECK(cold.at(WorkKind::kLoading).seconds > 3.0);
  CHECK(cold.first_uses == 1);
  CHECK(cold.at(WorkKind::kFirstUse).seconds == Approx(0.8));
  const Changed warm("cold-start-nano", "[application.load]",
                     "[application]\nloads_model = false\ntunes_batch_sizes = false\n"
                     "[application.load]");
  const SimTruth without = run(make_sim_config(warm.load(), 1));
  CHECK(without.at(WorkKind::kLoading).seconds == 0.0);
  CHECK(without.first_uses == 0);
  CHECK(without.served == cold.served);
  // Up to the last request, inference costs the same.
  const WorkShare serving = figures_of(cold).work[static_cast<std::size_t>(WorkKind::kServing)];
  CHECK(serving.joules == Approx(without.finished_joules).epsilon(0.005));
}

TEST_CASE("figures of the kinds of work add up to the run's energy and time") {
  for (const char* id : {"cold-start-nano", "fine-tuning-agx-xavier"}) {
    const RunFigures figures = figures_of(run(make_sim_config(load_scenario(id), 2)));
    double joules = 0.0;
    double seconds = 0.0;
    for (const WorkShare& share : figures.work) {
      joules += share.joules;
      seconds += share.seconds;
    }
    CHECK(joules == Approx(figures.energy_joules).epsilon(1e-9));
    CHECK(seconds == Approx(figures.seconds).epsilon(1e-9));
  }
}

TEST_CASE("a board gets warmer with its surroundings, step by step") {
  const Scenario scenario = load_scenario("hot-noon-orin-nx");
  REQUIRE(scenario.ambient_steps.size() == 2);
  const auto hottest = [](SimConfig config) {
    SimPlant plant(std::move(config));
    Telemetry telemetry;
    double celsius = -100.0;
    for (int second = 10; second <= 600; second += 10) {
      plant.timeline().sleep_until(second);
      REQUIRE_FALSE(plant.read(telemetry));
      celsius = std::max(celsius, *telemetry.temperatures_celsius->front());
    }
    return celsius;
  };
  SimConfig config = make_sim_config(scenario, 1);
  const double with = hottest(config);
  config.thermal.ambient_steps.clear();
  CHECK(with > hottest(config) + 5.0);
  CHECK(Changed("hot-noon-orin-nx", "time_seconds = 300", "time_seconds = 100")
            .error()
            .ends_with("ambient_steps[1].time_seconds: must be above 120, the step before it"));
  CHECK(Changed("hot-noon-orin-nx", "celsius = 50", "celsius = 150")
            .error()
            .ends_with("ambient_steps[0].celsius = 150: must be in [-40, 85]"));
}

TEST_CASE("wrong parts of an application say where, what and what is allowed") {
  CHECK(Changed("mix-xavier-nx", "requests = 4000", "seconds = -1").error() ==
        ":14:11: mix[0].seconds = -1: must be in [0.001, 1e+08]");
  CHECK(
      Changed("mix-xavier-nx", "[arrivals]", "[[mix]]\nworkload = 'alexnet'\n[arrivals]").error() ==
      ":24:1: mix[3]: needs seconds or requests, as another phase follows");
  CHECK(Changed("mix-xavier-nx", "mix_repeats", "workload = 'alexnet'\nmix_repeats")
            .error()
            .ends_with(": mix: give either this or workload"));
  CHECK(Changed("neighbour-nano", "cpus = [2]", "cpus = [4]").error() ==
        ":17:9: processes[1].cpus[0] = 4: must be in [0, 3], the CPUs that are online");
  CHECK(Changed("neighbour-nano", "share = 0.1", "share = 1.1").error() ==
        ":18:9: processes[1].share = 1.1: must be in (0, 1]");
  CHECK(
      Changed("neighbour-nano", "on_seconds = 8\noff_seconds = 12\n", "on_second = 8\n").error() ==
      ":13:1: processes[0].on_second: unknown key; did you mean \"on_seconds\"?");
  CHECK(Changed("fine-tuning-agx-xavier", "minibatches = 600", "minibatches = 0").error() ==
        ":14:15: fine_tuning.minibatches = 0: must be in [1, 1e+09]");
  CHECK(Changed("fine-tuning-agx-xavier", "minibatch = 8", "minibatchs = 8").error() ==
        ":13:1: fine_tuning.minibatchs: unknown key; did you mean \"minibatch\" or "
        "\"minibatches\"?");
  CHECK(Changed("cold-start-nano", "cpu_cycles = 1.5e9", "cpu_cycles = -2")
            .error()
            .ends_with("application.load.cpu_cycles = -2: must be >= 0"));
  CHECK(
      Changed("quickstart", "[arrivals]", "[application]\nloads_model = true\n[arrivals]")
          .error() ==
      ":12:15: application.loads_model: neither this scenario nor the workload resnet18 says what "
      "that costs on this board");
  CHECK(Changed("quickstart", "ambient_celsius = 25", "ambient_celsius = 90").error() ==
        ":6:19: ambient_celsius = 90: must be in [-40, 85]");
  CHECK(Changed("quickstart", "service_noise = 0.015", "service_noise = -1").error() ==
        ":7:17: service_noise = -1: must be in [0, 1]");
}

namespace {

// What set_application() makes of the application's keys of a scenario on a Nano.
Scenario applied(const std::string& keys) {
  const TomlTable file = TomlTable::parse_text(
      "title = 't'\nboard = 'nano-4gb'\n[control]\nknobs = ['gpu']\nperiod_seconds = 1\n"
      "[arrivals]\nkind = 'closed_loop'\nrequests = 16\nbatch = 4\n",
      "s.toml", {keys});
  Scenario scenario;
  scenario.board = load_board("nano-4gb");
  scenario.mode = scenario.board.board.modes.front();
  set_application(file, read_fields<ScenarioToml>(file), scenario);
  return scenario;
}

}  // namespace

TEST_CASE(
    "a file that a key names is one of the known ones, or counts from the scenario's folder") {
  const TemporaryDirectory folder;
  std::ofstream(folder.path() / "own.toml") << "title = 'x'\n";
  const std::string scenario = (folder.path() / "s.toml").string();
  const auto named = [&](const std::string& text) {
    return named_config(TomlTable::parse_text(text, scenario), "workload", "workloads");
  };
  CHECK(named("workload = 'resnet18'\n") == find_config("workloads", "resnet18"));
  CHECK(named("workload = 'own.toml'\n") == folder.path() / "own.toml");
  CHECK_THROWS_AS(named("workload = 'resnet'\n"), ConfigError);
  CHECK(error_text([&] {
          named("\nworkload = 'resnet'\n");
        }).starts_with(scenario + ":2:12: workload: "));
  CHECK(error_text([&] {
          named("workload = 'none.toml'\n");
        }).starts_with(scenario + ":1:12: workload: "));
  CHECK(error_text([&] { named("x = 1\n"); }) == scenario + ": workload: missing");
}

TEST_CASE("a workload alone is the scenario's, with nothing besides") {
  const Scenario scenario = applied("workload=resnet18");
  CHECK(scenario.workload.id == "resnet18");
  CHECK(scenario.application.mix.phases.empty());
  CHECK_FALSE(scenario.application.load.has_value());
  CHECK_FALSE(scenario.application.first_use.has_value());
  CHECK_FALSE(scenario.application.fine_tuning.has_value());
  CHECK(scenario.application.processes.empty());
}

TEST_CASE("a mix has its phases in order, and its first workload is the scenario's") {
  const Scenario scenario = applied("mix=[{workload='alexnet', seconds=5}, {workload='resnet18'}]");
  CHECK(scenario.workload.id == "alexnet");
  REQUIRE(scenario.application.mix.phases.size() == 2);
  CHECK(scenario.application.mix.phases[0].seconds == 5.0);
  CHECK_FALSE(scenario.application.mix.phases[1].seconds.has_value());
  CHECK_FALSE(scenario.application.mix.phases[1].requests.has_value());
}

TEST_CASE("neither a workload nor a mix is an error, and so is a mix without entries") {
  CHECK_THROWS_AS(applied("seeds=[1]"), ConfigError);
  CHECK(error_text([] { applied("seeds=[1]"); }).ends_with("workload: missing"));
  CHECK(error_text([] { applied("mix=[]"); }).ends_with("mix: must hold at least one entry"));
}

TEST_CASE("a scenario with a cloud has the knob, and sends nothing while nobody turns it") {
  const Scenario scenario = load_scenario("offload-xavier-nx");
  REQUIRE(scenario.application.offload);
  CHECK(std::holds_alternative<BandwidthWalk>(scenario.application.offload->bandwidth));
  CHECK(scenario.application.offload->work.feature_bytes == 8192);
  SimPlant plant(make_sim_config(scenario, 1));
  CHECK(plant.description().knobs.back().name == kOffloadKnob);
  plant.timeline().sleep_until(5.0);
  Telemetry telemetry;
  REQUIRE_FALSE(plant.read(telemetry));
  CHECK(telemetry.application->offload_effective == 0.0);
  CHECK(telemetry.application->bandwidth_bits_per_second);
}

TEST_CASE("a scenario that is fine-tuned under a changing deadline has knob, jobs and steps") {
  const Scenario scenario = load_scenario("fine-tuning-agx-orin");
  REQUIRE(scenario.application.fine_tuning);
  CHECK(scenario.application.fine_tuning->jobs > 1);
  CHECK(scenario.application.fine_tuning->rule == FineTuningRule::kBeside);
  REQUIRE(scenario.arrivals.deadline_steps.size() == 1);
  const SimConfig config = make_sim_config(scenario, 1);
  const double step = scenario.arrivals.deadline_steps.front().time_seconds;
  for (const Arrival& arrival : std::get<std::vector<Arrival>>(config.arrivals)) {
    CHECK(arrival.limit_seconds == (arrival.time_seconds < step ? 0.25 : 0.7));
  }
  CHECK(SimPlant(config).description().knobs.back().name == kFineTuningKnob);
}

TEST_CASE("what a scenario with fine-tuning has wrong is named") {
  const auto error = [](const char* scenario, const char* from, const char* to) {
    return Changed(scenario, from, to).error();
  };
  const char* tuned = "fine-tuning-agx-orin";
  const auto names = [](const std::string& text, const char* what) {
    INFO(text);
    CHECK(text.find(what) != std::string::npos);
  };
  names(error(tuned, "fine_tuning_levels = [0, 1, 2]", "fine_tuning_levels = [0, 1.5]"),
        "control.fine_tuning_levels[1]: must be a whole number");
  names(error(tuned, "fine_tuning_levels = [0, 1, 2]", "fine_tuning_levels = [2, 1]"),
        "control.fine_tuning_levels[1]: must be above");
  names(error(tuned, "fine_tuning_levels = [0, 1, 2]", "fine_tuning_levels = [3]"),
        "control.fine_tuning_levels[0] = 3: must be in [0, 2]");
  names(error(tuned, "fine_tuning_levels = [0, 1, 2]", ""), "\"fine_tuning\" needs");
  names(error(tuned, "rule = \"beside\"", "rule = \"never\""), "fine_tuning.rule");
  names(error(tuned, "rule = \"beside\"", "inference_share = 1"), "fine_tuning.inference_share");
  names(error(tuned, "rule = \"beside\"", "refill = -1"), "fine_tuning.refill");
  names(error(tuned, "job_interval_seconds = 5", "job_interval_seconds = -1"),
        "fine_tuning.job_interval_seconds");
  names(error(tuned, "\njobs = ", "\njobs = 0 # "), "fine_tuning.jobs");
  names(error(tuned, "time_seconds = 30", "time_seconds = -1"),
        "arrivals.deadline_steps[0].time_s");
  names(error(tuned, "deadline_seconds = 0.7", "deadline_seconds = 0"),
        "arrivals.deadline_steps[0].deadline_seconds");
  names(error("quickstart", "[control]\n", "[control]\nfine_tuning_levels = [0, 1]\n"),
        "control.fine_tuning_levels: needs the table [fine_tuning]");
}

TEST_CASE("shares to choose from ascend, and need the table that says what sending costs") {
  const auto error = [](const char* scenario, const char* from, const char* to) {
    return Changed(scenario, from, to).error();
  };
  CHECK(error("offload-xavier-nx", "[0, 0.3, 0.6, 0.9]", "[0.3, 0]")
            .find("control.offload_levels[1]: must be above") != std::string::npos);
  CHECK(error("offload-xavier-nx", "\nfeature_bytes = 8192", "").find("feature_bytes") !=
        std::string::npos);
  CHECK(error("quickstart", "[control]\n", "[control]\noffload_levels = [0, 1]\n")
            .find("control.offload_levels: needs the table [offload]") != std::string::npos);
}
