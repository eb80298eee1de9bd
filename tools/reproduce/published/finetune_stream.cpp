#include "tools/reproduce/published/finetune_stream.h"

#include <algorithm>
#include <array>
#include <system_error>

#include "controllers/control_loop.h"
#include "controllers/evaluation/sim_setup.h"
#include "controllers/evaluation/simulated_run.h"
#include "env/sim/sim_plant.h"

namespace flyball {

namespace {

constexpr std::array kWays = {FineTuningRule::kBeside, FineTuningRule::kBetween};
constexpr double kStepSeconds = 0.1;  // to which the end of fine-tuning is known

double asked_share(const Scenario& scenario) {
  return scenario.objective.in_time_share.value_or(0.97);
}

// Looks on while a run goes: when the halves end and when fine-tuning is done.
class StreamClock {
 public:
  StreamClock(const Scenario& scenario, SimPlant& plant) : scenario_(scenario), plant_(plant) {
    const FineTuning& tuning = scenario.application.fine_tuning.value();
    run_.minibatches_asked = tuning.jobs * tuning.minibatches;
  }

  // After every step of the run.
  void look() {
    const SimTruth& truth = plant_.truth();
    const std::uint64_t each = scenario_.application.fine_tuning->minibatches;
    while (truth.minibatches >= each * (run_.job_seconds.size() + 1)) {
      run_.job_seconds.push_back(plant_.timeline().now_seconds());
    }
    if (!done_ && truth.minibatches == run_.minibatches_asked) {
      done_ = true;
      run_.done_seconds = plant_.timeline().now_seconds();
      run_.done_joules = truth.energy_joules - run_.first.joules;
    }
  }
  void end_first_half() { run_.first = so_far(); }
  StreamRun end() {
    run_.second = so_far();
    run_.second.served -= run_.first.served;
    run_.second.late -= run_.first.late;
    run_.second.minibatches -= run_.first.minibatches;
    run_.second.joules -= run_.first.joules;
    return run_;
  }
  bool is_over() const {
    const SimTruth& truth = plant_.truth();
    const bool is_served =
        plant_.timeline().now_seconds() >= *scenario_.arrivals.duration_seconds &&
        truth.served == truth.arrived;
    return (is_served && done_) || plant_.timeline().now_seconds() >= *scenario_.timeout_seconds;
  }

 private:
  StreamHalf so_far() const {
    const SimTruth& truth = plant_.truth();
    return {truth.served, truth.missed, truth.minibatches, truth.energy_joules};
  }

  const Scenario& scenario_;
  SimPlant& plant_;
  StreamRun run_;
  bool done_ = false;
};

// Steps the plant to `end_seconds`, or until the run is over.
void step(SimPlant& plant, StreamClock& clock, double end_seconds) {
  Timeline& timeline = plant.timeline();
  while (timeline.now_seconds() < end_seconds && !clock.is_over()) {
    timeline.sleep_until(std::min(end_seconds, timeline.now_seconds() + kStepSeconds));
    clock.look();
  }
}

void apply(ControlLease& lease, const std::vector<Level>& levels, FineTuningRule rule) {
  std::vector<Level> all = levels;
  all.push_back(static_cast<Level>(rule));  // the scenario has all three levels
  if (const std::error_code error = lease.apply(Setting::pinned(all))) {
    throw std::system_error(error, "holding the simulated board's clocks");
  }
}

std::vector<std::string> knobs_of(const FineTuningPlan& plan) {
  std::vector<std::string> knobs = plan.knobs;
  knobs.emplace_back(kFineTuningKnob);
  return knobs;
}

const std::vector<Level>& fastest_levels(const FineTuningPlan& plan) {
  return std::min_element(plan.rows.begin(), plan.rows.end(),
                          [](const ServingRow& a, const ServingRow& b) {
                            return a.request_seconds < b.request_seconds;
                          })
      ->levels;
}

}  // namespace

double second_half_seconds(const Scenario& scenario) {
  return scenario.arrivals.deadline_steps.at(0).time_seconds;
}

double change_seen_seconds(const Scenario& scenario, std::uint64_t seed) {
  const double begin = second_half_seconds(scenario);
  const Arrivals arrivals = make_arrivals(scenario.arrivals, seed);
  for (const Arrival& arrival : std::get<std::vector<Arrival>>(arrivals)) {
    if (arrival.time_seconds >= begin) return arrival.time_seconds;
  }
  return begin;
}

double StreamRun::in_time_share(const StreamHalf& half) const {
  if (half.served == 0) return 1.0;
  return 1.0 - static_cast<double>(half.late) / static_cast<double>(half.served);
}

double StreamRun::in_time_share() const {
  return in_time_share({first.served + second.served, first.late + second.late, 0, 0.0});
}

double StreamRun::throughput(double since_seconds) const {
  if (!done_seconds) return 0.0;
  return static_cast<double>(second.minibatches) / (*done_seconds - since_seconds);
}

StreamRun run_scheduler(const Scenario& scenario, const FineTuningPlan& plan, std::uint64_t seed) {
  SimPlant plant(make_sim_config(scenario, seed));
  FineTuningConfig config;
  config.in_time_share = asked_share(scenario);
  config.period_seconds = scenario.control.period_seconds;
  FineTuningGovernor governor(plan, config);
  LoopConfig timing;
  timing.period_seconds = scenario.control.period_seconds;
  timing.sample_seconds = scenario.control.sample_seconds;
  timing.simulated_think_seconds = scenario.control.think_seconds;
  timing.seed = seed;
  ControlLoop loop(plant, &governor, find_knobs(plant.description(), knobs_of(plan)), timing);
  StreamClock clock(scenario, plant);
  const auto stop = [&] {
    clock.look();
    return clock.is_over();
  };
  loop.run(stop, second_half_seconds(scenario));
  clock.end_first_half();
  loop.run(stop, *scenario.timeout_seconds);
  StreamRun run = clock.end();
  run.slowdown_learned = governor.predictor().slowdown(plan.features);
  return run;
}

StreamRun run_schedule(const Scenario& scenario, const FineTuningPlan& plan,
                       const HeldSchedule& schedule, std::uint64_t seed) {
  SimPlant plant(make_sim_config(scenario, seed));
  ControlLease lease = plant.lease(find_knobs(plant.description(), knobs_of(plan)));
  StreamClock clock(scenario, plant);
  if (schedule.in_first_half) {
    apply(lease, schedule.levels, schedule.rule);
  } else {
    apply(lease, fastest_levels(plan), FineTuningRule::kForbidden);
  }
  step(plant, clock, second_half_seconds(scenario));
  clock.end_first_half();
  if (!schedule.in_first_half) {
    apply(lease, schedule.levels, schedule.rule);
    step(plant, clock, *scenario.timeout_seconds);
  }
  return clock.end();
}

StreamRun run_always(const Scenario& scenario, FineTuningRule rule, std::uint64_t seed) {
  SimConfig config = make_sim_config(scenario, seed);
  config.fine_tuning->rule = rule;
  SimPlant plant(config);
  StreamClock clock(scenario, plant);
  step(plant, clock, second_half_seconds(scenario));
  clock.end_first_half();
  const double until = rule == FineTuningRule::kForbidden ? *scenario.arrivals.duration_seconds
                                                          : *scenario.timeout_seconds;
  step(plant, clock, until);
  return clock.end();
}

std::optional<BestSchedule> best_second_half(const Scenario& scenario, const FineTuningPlan& plan,
                                             std::uint64_t seed) {
  const double begin = second_half_seconds(scenario);
  std::optional<BestSchedule> best;
  for (const ServingRow& row : plan.rows) {
    for (const FineTuningRule rule : kWays) {
      const HeldSchedule schedule{row.levels, rule, false};
      const StreamRun run = run_schedule(scenario, plan, schedule, seed);
      if (run.in_time_share(run.second) < asked_share(scenario) || !run.done_seconds) continue;
      const bool is_better = !best || run.throughput(begin) > best->run.throughput(begin);
      if (is_better) best = BestSchedule{schedule, run};
    }
  }
  return best;
}

std::size_t schedules_of_first_half(const Scenario& scenario, const FineTuningPlan& plan,
                                    std::uint64_t seed) {
  std::size_t count = 0;
  for (const ServingRow& row : plan.rows) {
    for (const FineTuningRule rule : kWays) {
      const StreamRun run = run_schedule(scenario, plan, {row.levels, rule, true}, seed);
      if (run.in_time_share(run.first) >= asked_share(scenario)) ++count;
    }
  }
  return count;
}

}  // namespace flyball
