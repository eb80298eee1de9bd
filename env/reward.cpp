#include "env/reward.h"

#include <vector>

#include "env/config/check_fields.h"

namespace flyball {

SpanCost& SpanCost::operator+=(const SpanCost& other) {
  seconds += other.seconds;
  if (energy_joules && other.energy_joules) {
    *energy_joules += *other.energy_joules;
  } else {
    energy_joules.reset();
  }
  in_system_seconds += other.in_system_seconds;
  served += other.served;
  missed += other.missed;
  return *this;
}

SpanCost& SpanCost::operator-=(const SpanCost& other) {
  SpanCost negative = other;
  negative *= -1.0;
  return *this += negative;
}

SpanCost& SpanCost::operator*=(double factor) {
  seconds *= factor;
  if (energy_joules) *energy_joules *= factor;
  in_system_seconds *= factor;
  served *= factor;
  missed *= factor;
  return *this;
}

void visit_state(StateVisitor& visitor, const std::string& name, std::span<SpanCost> costs) {
  std::vector<double> column(costs.size());
  const auto visit = [&](const char* field, const auto& value) {
    for (std::size_t i = 0; i < costs.size(); ++i) column[i] = value(costs[i]);
    visit_values(visitor, name + field, std::span<double>(column));
    for (std::size_t i = 0; i < costs.size(); ++i) value(costs[i]) = column[i];
  };
  visit(".seconds", [](SpanCost& cost) -> double& { return cost.seconds; });
  visit(".energy_joules", [](SpanCost& cost) -> double& { return cost.energy_joules.value(); });
  visit(".in_system_seconds", [](SpanCost& cost) -> double& { return cost.in_system_seconds; });
  visit(".served", [](SpanCost& cost) -> double& { return cost.served; });
  visit(".missed", [](SpanCost& cost) -> double& { return cost.missed; });
}

double cost(const RewardConfig& config, const SpanCost& span) {
  return config.eta * span.energy_joules.value() / config.energy_reference_joules +
         (1.0 - config.eta) * span.in_system_seconds / config.latency_reference_seconds +
         config.miss_penalty * span.missed;
}

double reward(const RewardConfig& config, const SpanCost& span) {
  return config.rho * span.served - cost(config, span);
}

void validate(const RewardConfig& config) { check_fields(config, "reward"); }

}  // namespace flyball
