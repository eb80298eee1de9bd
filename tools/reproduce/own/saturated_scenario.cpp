#include "tools/reproduce/own/saturated_scenario.h"

#include <optional>
#include <string_view>

#include "tools/config/train_config.h"

namespace flyball {

namespace {

constexpr double kServiceNoise = 0.015;

double period_seconds(std::string_view board) {
  if (board == "nano-4gb") return 4.0;
  return board == "xavier-nx-8gb" ? 2.0 : 1.0;
}

}  // namespace

TrainConfig saturated_training(const char* recipe, const RpeCell& cell) {
  const OpenKeys keys{{"cpu", "gpu"}, {}, period_seconds(cell.board), std::nullopt, std::nullopt};
  return load_train_config(recipe, {}, [&] { return std::optional(keys); });
}

Scenario saturated_scenario(const RpeCell& cell, const TrainConfig& training,
                            std::uint64_t requests) {
  Scenario scenario = rpe_scenario(cell, requests);
  scenario.service_noise = kServiceNoise;
  scenario.control.knobs = training.spans.knobs;
  scenario.control.period_seconds = training.spans.encoder.period_seconds;
  return scenario;
}

}  // namespace flyball
