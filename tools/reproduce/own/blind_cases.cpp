#include "tools/reproduce/own/blind_cases.h"

#include <fmt/format.h>

#include <variant>

#include "env/errors.h"

namespace flyball {

namespace {

constexpr BlindScenario kScenarios[] = {{"bursts-agx-xavier", true}, {"rushes-agx-xavier"},
                                        {"street-tx2", true},        {"questions-agx-orin"},
                                        {"cameras-xavier-nx"},       {"cameras-clocks-xavier-nx"},
                                        {"bursty-orin-nx"},          {"fine-tuning-agx-xavier"},
                                        {"neighbour-nano"},          {"poisson-nano"},
                                        {"trace-xavier-nx"}};

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

}  // namespace

std::span<const BlindScenario> blind_scenarios() { return kScenarios; }

ChangingCase load_blind_case(const std::string& scenario) {
  ChangingCase which = load_changing_case(scenario);
  if (!which.scenario.arrivals.deadline_seconds || !which.scenario.objective.in_time_share) {
    throw ConfigError(fmt::format("{}: needs a deadline and a share in time", scenario));
  }
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
