#include "env/busy_seconds.h"

namespace flyball {

std::optional<double> busy_seconds(const PlantDescription& plant, std::size_t domain,
                                   const Telemetry& telemetry) {
  const Domain& of = plant.domains.at(domain);
  if (of.kind != DomainKind::kCpu) {
    return telemetry.domains ? telemetry.domains->at(domain).busy_seconds : std::nullopt;
  }
  if (!telemetry.cpus) return std::nullopt;
  double sum = 0.0;
  for (const int cpu : of.cpus) {
    const auto place = static_cast<std::size_t>(cpu);
    if (place < telemetry.cpus->size()) sum += (*telemetry.cpus)[place].busy_seconds;
  }
  return sum;
}

}  // namespace flyball
