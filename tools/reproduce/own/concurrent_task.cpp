#include "tools/reproduce/own/concurrent_task.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "agent/networks/q_network.h"
#include "agent/online_trainer.h"
#include "controllers/evaluation/sim_setup.h"
#include "env/action_space.h"
#include "env/classic/cart_pole.h"
#include "env/classic/concurrent_environment.h"
#include "env/classic/pendulum.h"
#include "env/draw.h"
#include "env/sim/sim_plant.h"
#include "replay/uniform_replay.h"
#include "tools/config/scenario.h"

namespace flyball {

namespace {

constexpr std::uint64_t kEvaluationSeed = 1'000'000'000;  // beyond every training episode's
constexpr std::uint64_t kEpisodesPerRun = 100'000;

template <typename Process>
ConcurrentTask classic_task(std::string name, double period_seconds, double gamma_per_tick,
                            std::uint64_t decisions) {
  ConcurrentTask task;
  task.name = std::move(name);
  task.is_classic = true;
  task.period_seconds = period_seconds;
  const Process process;
  task.gamma = std::pow(gamma_per_tick, period_seconds / process.tick_seconds());
  task.decisions = decisions;
  task.reward = process.reward_config();
  task.make = [period_seconds](const ConcurrentArm& arm) {
    ConcurrentConfig config;
    config.period_seconds = period_seconds;
    for (int quarter = 1; !arm.waits && quarter <= 4; ++quarter) {
      config.think_seconds.push_back(0.25 * quarter * period_seconds);
    }
    config.with_previous_action = arm.with_previous_action;
    config.with_t_as = arm.with_t_as;
    config.with_vector_to_go = arm.with_vector_to_go;
    return std::make_unique<ConcurrentEnvironment>(std::make_unique<Process>(), config);
  };
  return task;
}

// Sums over one long run of random decisions.
struct RandomRun {
  double mean = 0.0;  // cost of a decision
  double deviation = 0.0;
  double mean_return = 0.0;
};

RandomRun run_at_random(Environment& environment, std::uint64_t seed) {
  const ActionSpace actions(environment.action_space().counts);
  std::vector<Level> levels(actions.knob_count());
  std::vector<float> observation(environment.observation_space().size());
  std::mt19937_64 random(seed);
  double sum = 0.0;
  double squares = 0.0;
  double decisions = 0.0;
  double episodes = 0.0;
  while (decisions < 2000.0) {
    environment.reset(seed + static_cast<std::uint64_t>(episodes), observation);
    for (bool ended = false; !ended; decisions += 1.0) {
      actions.levels_of(draw_index(random, actions.size()), levels);
      const StepResult step = environment.step(levels, observation);
      sum -= step.reward;
      squares += step.reward * step.reward;
      ended = step.terminated || step.truncated;
    }
    episodes += 1.0;
  }
  const double mean = sum / decisions;
  return {mean, std::sqrt(std::max(squares / decisions - mean * mean, 0.0)), -sum / episodes};
}

OnlineTrainer make_trainer(const ConcurrentTask& task, const ConcurrentArm& arm,
                           Environment& environment, std::uint64_t seed) {
  LearnerConfig config;
  config.backup = arm.backup;
  config.gamma = task.gamma;
  config.minibatch = 64;
  config.target_tau = 0.01;
  QNetworkShape shape;
  shape.observation_size = environment.observation_space().size();
  shape.action_count = environment.action_space().combinations();
  QNetworkConfig network;
  network.hidden = {64, 64};
  network.learning_rate = 1e-3;
  LearnerParts parts;
  parts.cost = std::make_unique<QNetwork>(shape, network, seed);
  for (std::uint32_t a = 0; a < shape.action_count; ++a) parts.allowed.push_back(a);
  parts.period_seconds = task.period_seconds;
  // Values near 0 of size 1, by what random decisions cost.
  const RandomRun random = run_at_random(environment, seed);
  const double horizon = 1.0 / (1.0 - task.gamma);
  parts.cost_scale = {random.mean * horizon, std::max(random.deviation * std::sqrt(horizon),
                                                      0.25 * std::abs(random.mean) * horizon)};
  ObjectiveConfig objective;
  objective.reward = task.reward;
  OnlineConfig online;
  online.exploration = {1.0, 0.05, task.decisions / 5};
  online.warmup = 500;
  online.decisions_per_step = 2;
  online.seed = seed;
  ReplayShape memory;
  memory.capacity = 100'000;
  memory.observation_size = shape.observation_size;
  return {online, std::make_unique<DqnLearner>(config, objective, std::move(parts)),
          std::make_unique<UniformReplay>(memory)};
}

}  // namespace

std::vector<ConcurrentArm> concurrent_arms() {
  return {
      {"blocking world", true, false, false, false, Backup::kFullPeriod},
      {"unaware", false, false, false, false, Backup::kBlocking},
      {"full_period backup alone", false, false, false, false, Backup::kFullPeriod},
      {"previous action", false, true, false, false, Backup::kFullPeriod},
      {"vector-to-go", false, false, false, true, Backup::kFullPeriod},
      {"all inputs, blocking backup", false, true, true, true, Backup::kBlocking},
      {"all inputs, full_period backup", false, true, true, true, Backup::kFullPeriod},
  };
}

ConcurrentTask cart_pole_task() {
  ConcurrentTask task = classic_task<CartPole>("CartPole", 0.06, 0.99, 16000);
  task.returns = "ticks survived, at most 500";
  return task;
}

ConcurrentTask pendulum_task() {
  ConcurrentTask task = classic_task<Pendulum>("Pendulum", 0.1, 0.98, 10000);
  task.returns = "minus Gymnasium's cost, summed over 200 ticks";
  return task;
}

ConcurrentTask board_task(double period_seconds) {
  ConcurrentTask task;
  task.name = fmt::format("board, H {:g} s", period_seconds);
  task.returns = "minus energy in units of a second at 10 W, minus misses";
  task.period_seconds = period_seconds;
  task.gamma = 0.9;
  task.decisions = 8000;
  task.evaluations = 2;
  task.reward.energy_reference_joules = 10.0;
  task.reward.miss_penalty = 0.5;
  const Scenario scenario = load_scenario("bursts-agx-xavier");
  PlantEnvironmentConfig config;
  config.knobs = {"gpu"};
  config.encoder.period_seconds = period_seconds;
  config.encoder.with_queue = true;
  config.encoder.with_arrivals = true;
  config.encoder.with_effective = false;
  config.reward = task.reward;
  config.horizon_seconds = 60.0;
  task.make = [scenario, config](const ConcurrentArm& arm) {
    PlantEnvironmentConfig own = config;
    own.think_seconds = arm.waits ? 0.0 : scenario.control.think_seconds.mean_seconds();
    own.encoder.with_previous_action = arm.with_previous_action;
    own.encoder.with_t_as = arm.with_t_as;
    own.encoder.with_vector_to_go = arm.with_vector_to_go;
    const bool waits = arm.waits;
    const auto plant = [scenario, waits](std::uint64_t seed) {
      SimConfig sim = make_sim_config(scenario, seed);
      for (Domain& domain : sim.board.domains) {
        if (waits) domain.actuation_seconds = 0.0;
      }
      return std::make_unique<SimPlant>(std::move(sim));
    };
    const auto meter = [](Plant& p) { return static_cast<SimPlant&>(p).truth().energy_joules; };
    return std::make_unique<PlantEnvironment>(own, plant, meter);
  };
  return task;
}

ConcurrentRun run_concurrent(const ConcurrentTask& task, const ConcurrentArm& arm,
                             std::uint64_t seed) {
  const auto environment = task.make(arm);
  OnlineTrainer trainer = make_trainer(task, arm, *environment, seed);
  ConcurrentRun run;
  for (std::uint64_t episode = 0; run.curve.size() < kCurvePoints; ++episode) {
    run_episode(*environment, trainer, seed * kEpisodesPerRun + episode);
    while (run.curve.size() < kCurvePoints &&
           trainer.decisions() * kCurvePoints >= task.decisions * (run.curve.size() + 1)) {
      double sum = 0.0;
      for (int i = 0; i < task.evaluations; ++i) {
        const std::uint64_t at = kEvaluationSeed + static_cast<std::uint64_t>(i);
        sum += evaluate_episode(*environment, trainer, at).reward;
      }
      run.curve.push_back(sum / task.evaluations);
    }
  }
  return run;
}

double random_return(const ConcurrentTask& task) {
  const auto environment = task.make(concurrent_arms()[1]);
  return run_at_random(*environment, kEvaluationSeed).mean_return;
}

}  // namespace flyball
