#include "policies/exploration.h"

#include <fmt/format.h>

#include <stdexcept>

namespace flyball {

namespace {

void require_share(double value, const char* key) {
  if (!(value >= 0.0 && value <= 1.0)) {
    throw std::invalid_argument(fmt::format("exploration.{} = {}: must be in [0, 1]", key, value));
  }
}

}  // namespace

double LinearSchedule::at(std::uint64_t step) const {
  if (step >= steps) return end;
  return start + (end - start) * static_cast<double>(step) / static_cast<double>(steps);
}

void validate(const LinearSchedule& schedule) {
  require_share(schedule.start, "start");
  require_share(schedule.end, "end");
}

ExploredAction explore(std::size_t greedy, std::span<const std::uint32_t> allowed, double epsilon,
                       std::mt19937_64& random) {
  ExploredAction choice{greedy, false, 1.0};
  if (std::uniform_real_distribution<double>(0.0, 1.0)(random) < epsilon) {
    const std::size_t drawn =
        std::uniform_int_distribution<std::size_t>(0, allowed.size() - 1)(random);
    choice.action = allowed[drawn];
    choice.explored = true;
  }
  const double random_share = epsilon / static_cast<double>(allowed.size());
  choice.probability = random_share + (choice.action == greedy ? 1.0 - epsilon : 0.0);
  return choice;
}

}  // namespace flyball
