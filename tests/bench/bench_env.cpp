// The simulation's speed: board-days, steps of one environment, and of many on threads. Not a test.
//
//   bench_env [--json] [--filter=REGEX]
//   bench_env --filter=board_day/saturated
//
// board_day/LOAD/BOARD: one day of a board under its stock residents, read at a control period of
// 100 ms; light: a picture a second; cameras: four at 10 pictures a second; saturated: batches of
// 16 back to back. environment_step, vector_step/N/THREADS: steps of 100 ms under random settings.
// vector_scaling/N: two threads against one, measured in turn (on an idle machine). --json prints
// the report of the benchmark library as JSON on standard output; its --benchmark_... options are
// passed on.
#include <benchmark/benchmark.h>

#include <chrono>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "controllers/evaluation/sim_setup.h"
#include "controllers/evaluation/simulated_run.h"
#include "env/environment.h"
#include "env/sim/sim_plant.h"
#include "env/vector_environment.h"
#include "tools/config/board_config.h"
#include "tools/config/workload_config.h"

namespace flyball {

namespace {

constexpr double kDaySeconds = 86400.0;
constexpr double kPeriodSeconds = 0.1;

// `cameras` of `rate` pictures a second each, evenly out of phase.
std::vector<Arrival> pictures(int cameras, double rate, double duration_seconds) {
  std::vector<Arrival> arrivals;
  const double step = 1.0 / (rate * cameras);
  const auto count = static_cast<std::size_t>(duration_seconds / step);
  for (std::size_t i = 0; i < count; ++i) {
    arrivals.push_back({static_cast<double>(i) * step, 1, 0.5});
  }
  return arrivals;
}

Arrivals load(const std::string& name, double duration_seconds) {
  if (name == "light") return pictures(1, 1.0, duration_seconds);
  if (name == "cameras") return pictures(4, 10.0, duration_seconds);
  return ClosedLoop{std::numeric_limits<std::uint64_t>::max() / 4, 16, {}};
}

SimConfig sim_config(const std::string& board_id, Arrivals arrivals) {
  const BoardConfig board = load_board(board_id);
  SimConfig config = board_sim_config(board);
  config.work = load_workload("resnet18", board).work;
  config.arrivals = std::move(arrivals);
  config.default_batch = 16.0;
  config.service_noise = 0.02;
  return config;
}

void board_day(benchmark::State& state, const std::string& name, const std::string& board) {
  const SimConfig config = sim_config(board, load(name, kDaySeconds));
  LoopConfig loop;
  loop.period_seconds = kPeriodSeconds;
  loop.sample_seconds = kPeriodSeconds;
  for (auto _ : state) {
    const SimulatedRun run = run_governor(config, nullptr, {}, loop, kDaySeconds);
    benchmark::DoNotOptimize(run.figures.energy_joules);
  }
  state.counters["simulated_seconds_per_second"] = benchmark::Counter(
      kDaySeconds * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

std::unique_ptr<Environment> make_environment() {
  static const SimConfig config = sim_config("xavier-nx-8gb", load("cameras", 120.0));
  PlantEnvironmentConfig environment;
  environment.knobs = {"cpu", "gpu"};
  environment.encoder.period_seconds = kPeriodSeconds;
  environment.encoder.with_queue = true;
  environment.think_seconds = 0.001;
  environment.horizon_seconds = 60.0;
  const auto factory = [](std::uint64_t seed) {
    SimConfig copy = config;
    copy.seed = seed;
    return std::make_unique<SimPlant>(std::move(copy));
  };
  return std::make_unique<PlantEnvironment>(environment, factory, [](Plant& plant) {
    return static_cast<SimPlant&>(plant).truth().energy_joules;
  });
}

// Rows of levels for all environments, drawn before the clock runs.
class RandomActions {
 public:
  RandomActions(const VectorEnvironment& environments, std::size_t steps) {
    std::mt19937_64 random(1);
    const MultiDiscreteSpace& space = environments.action_space();
    for (std::size_t s = 0; s < steps; ++s) {
      rows_.emplace_back();
      for (std::size_t i = 0; i < environments.size(); ++i) {
        const std::span<const std::uint8_t> mask = environments.action_mask(i);
        std::size_t offset = 0;
        for (const std::size_t count : space.counts) {
          std::size_t level = random() % count;
          while (mask[offset + level] == 0) level = random() % count;
          rows_.back().push_back(static_cast<Level>(level));
          offset += count;
        }
      }
    }
  }
  const std::vector<Level>& next() { return rows_[next_++ % rows_.size()]; }

 private:
  std::vector<std::vector<Level>> rows_;
  std::size_t next_ = 0;
};

void step_environments(benchmark::State& state, std::size_t count, std::size_t threads) {
  VectorEnvironment environments({count, threads, Autoreset::kSameStep},
                                 [](std::size_t) { return make_environment(); });
  RandomActions actions(environments, 64);
  environments.reset(1);
  for (auto _ : state) environments.step(actions.next());
  state.counters["steps_per_second"] =
      benchmark::Counter(static_cast<double>(count) * static_cast<double>(state.iterations()),
                         benchmark::Counter::kIsRate);
}

double seconds_of(VectorEnvironment& environments, RandomActions& actions, int steps) {
  const auto begin = std::chrono::steady_clock::now();
  for (int s = 0; s < steps; ++s) environments.step(actions.next());
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void scale_environments(benchmark::State& state, std::size_t count) {
  const auto make = [](std::size_t) { return make_environment(); };
  VectorEnvironment one({count, 1, Autoreset::kSameStep}, make);
  VectorEnvironment two({count, 2, Autoreset::kSameStep}, make);
  RandomActions for_one(one, 64);
  RandomActions for_two(two, 64);
  one.reset(1);
  two.reset(1);
  double one_seconds = 0.0;
  double two_seconds = 0.0;
  for (auto _ : state) {
    one_seconds += seconds_of(one, for_one, 16);
    two_seconds += seconds_of(two, for_two, 16);
  }
  state.counters["scaling"] = one_seconds / two_seconds;
}

void register_rows() {
  for (const char* name : {"light", "cameras", "saturated"}) {
    for (const char* board : {"xavier-nx-8gb", "agx-xavier-32gb"}) {
      benchmark::RegisterBenchmark(
          (std::string("board_day/") + name + "/" + board).c_str(),
          [name, board](benchmark::State& state) { board_day(state, name, board); })
          ->Iterations(1)
          ->Unit(benchmark::kSecond);
    }
  }
  const auto vector_row = [](const std::string& name, std::size_t count, std::size_t threads) {
    benchmark::RegisterBenchmark(
        name.c_str(),
        [count, threads](benchmark::State& state) { step_environments(state, count, threads); })
        ->UseRealTime()
        ->MeasureProcessCPUTime()
        ->Unit(benchmark::kMillisecond);
  };
  vector_row("environment_step", 1, 1);
  vector_row("vector_step/64/1", 64, 1);
  vector_row("vector_step/64/2", 64, 2);
  benchmark::RegisterBenchmark("vector_scaling/64",
                               [](benchmark::State& state) { scale_environments(state, 64); })
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
}

// Our short options in the library's words.
std::vector<std::string> library_arguments(int argc, char** argv) {
  std::vector<std::string> arguments;
  for (int i = 0; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--json") {
      arguments.emplace_back("--benchmark_format=json");
    } else if (argument.starts_with("--filter=")) {
      arguments.push_back("--benchmark_filter=" + argument.substr(argument.find('=') + 1));
    } else {
      arguments.push_back(argument);
    }
  }
  return arguments;
}

}  // namespace

}  // namespace flyball

int main(int argc, char** argv) {
  std::vector<std::string> arguments = flyball::library_arguments(argc, argv);
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  int count = static_cast<int>(pointers.size());
  benchmark::Initialize(&count, pointers.data());
  if (benchmark::ReportUnrecognizedArguments(count, pointers.data())) return 2;
  flyball::register_rows();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
