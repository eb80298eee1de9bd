#include "controllers/wait_bound.h"

#include <cmath>
#include <limits>

namespace flyball {

double wait_bound_seconds(double requests_per_second, double service_seconds, double share) {
  const double load = requests_per_second * service_seconds;
  if (load >= 1.0) return std::numeric_limits<double>::infinity();
  if (load <= share) return 0.0;
  return 0.5 * service_seconds / (1.0 - load) * std::log(load / share);
}

}  // namespace flyball
