#include "tools/reproduce/own/saturated_scenario.h"

namespace flyball {

namespace {

constexpr double kServiceNoise = 0.015;

}  // namespace

Scenario saturated_scenario(const RpeCell& cell, const TrainConfig& training,
                            std::uint64_t requests) {
  Scenario scenario = rpe_scenario(cell, requests);
  scenario.service_noise = kServiceNoise;
  scenario.control.knobs = training.spans.knobs;
  scenario.control.period_seconds = training.spans.encoder.period_seconds;
  return scenario;
}

}  // namespace flyball
