#include "tools/reproduce/own/blind_cases.h"

#include <fmt/format.h>

#include <variant>

#include "env/errors.h"
#include "tools/config/scenario.h"
#include "tools/config/train_config.h"

namespace flyball {

namespace {

constexpr BlindPair kPairs[] = {{"bursts-agx-xavier", "bursts-agx-xavier", true},
                                {"rushes-agx-xavier", "rushes-agx-xavier"},
                                {"street-tx2", "street-tx2", true},
                                {"questions-agx-orin", "questions-agx-orin"},
                                {"cameras-xavier-nx", "cameras-xavier-nx"},
                                {"cameras-clocks-xavier-nx", "cameras-xavier-nx"},
                                {"bursty-orin-nx", "cameras-xavier-nx"},
                                {"fine-tuning-agx-xavier", "cameras-xavier-nx"},
                                {"neighbour-nano", "cameras-xavier-nx"},
                                {"poisson-nano", "cameras-xavier-nx"},
                                {"trace-xavier-nx", "cameras-xavier-nx"}};

void scale(ClosedLoop& /*source*/, double /*factor*/) {}
void scale(TraceArrivals& /*source*/, double /*factor*/) {}
void scale(CameraArrivals& source, double factor) { source.frames_per_second *= factor; }
void scale(PoissonArrivals& source, double factor) { source.groups_per_second *= factor; }
void scale(BurstyArrivals& source, double factor) {
  for (BurstyArrivals::State& state : source.states) state.groups_per_second *= factor;
}

bool has_rate(const ArrivalsConfig& arrivals) {
  return !std::holds_alternative<ClosedLoop>(arrivals.source) &&
         !std::holds_alternative<TraceArrivals>(arrivals.source);
}

void adopt(const Scenario& scenario, TrainConfig& config) {
  config.simulations.front().scenario = scenario.id;
  if (config.validation) config.validation->scenario = scenario.id;
  config.spans.knobs = scenario.control.knobs;
  config.spans.encoder.period_seconds = scenario.control.period_seconds;
  config.spans.encoder.slack_scale_seconds = *scenario.arrivals.deadline_seconds;
  auto& constraint = config.trainer.objective.constraint;
  if (constraint && constraint->kind == ConstraintKind::kMissRate) {
    constraint->limit = 1.0 - *scenario.objective.in_time_share;
  }
}

}  // namespace

std::span<const BlindPair> blind_pairs() { return kPairs; }

ChangingCase load_blind_case(const BlindPair& pair) {
  ChangingCase which;
  which.name = pair.scenario;
  which.scenario = load_scenario(pair.scenario);
  which.training = load_train_config(pair.training);
  const Scenario& scenario = which.scenario;
  if (!scenario.arrivals.deadline_seconds || !scenario.objective.in_time_share) {
    throw ConfigError(fmt::format("{}: needs a deadline and a share in time", pair.scenario));
  }
  if (which.training.simulations.size() != 1) {
    throw ConfigError(fmt::format("{}: must simulate exactly one scenario", pair.training));
  }
  if (which.training.simulations.front().scenario != scenario.id) adopt(scenario, which.training);
  return which;
}

std::span<const BlindVariant> blind_variants() {
  static const std::vector<BlindVariant> all = {{"deadline x0.7", 0.7, 1.0, {}, {}},
                                                {"load x0.5", 1.0, 0.5, {}, {}},
                                                {"load x1.5", 1.0, 1.5, {}, {}},
                                                {"15 minutes of log", 1.0, 1.0, 900.0, {}},
                                                {"30 minutes of log", 1.0, 1.0, 1800.0, {}},
                                                {"5 % exploration", 1.0, 1.0, {}, 0.05}};
  return all;
}

std::optional<Scenario> changed(Scenario scenario, const BlindVariant& variant) {
  ArrivalsConfig& arrivals = scenario.arrivals;
  if (variant.load_factor != 1.0 && !has_rate(arrivals)) return std::nullopt;
  if (arrivals.deadline_seconds) *arrivals.deadline_seconds *= variant.deadline_factor;
  std::visit([&](auto& source) { scale(source, variant.load_factor); }, arrivals.source);
  return scenario;
}

TrainConfig changed(TrainConfig config, const BlindVariant& variant) {
  for (SimulationSource& source : config.simulations) {
    if (variant.log_seconds) source.log.duration_seconds = *variant.log_seconds;
    if (variant.explore) source.log.explore = *variant.explore;
  }
  return config;
}

}  // namespace flyball
