#include "agent/support.h"

#include <algorithm>

#include "env/statistics.h"

namespace flyball {

std::vector<std::size_t> action_counts(const ActionSpace& actions,
                                       std::span<const Transition> transitions) {
  std::vector<std::size_t> counts(actions.size(), 0);
  for (const Transition& transition : transitions) ++counts.at(transition.action);
  return counts;
}

// A box sum, one knob after the other.
std::vector<std::size_t> neighbourhood_counts(const ActionSpace& actions,
                                              std::span<const std::size_t> counts,
                                              std::size_t radius) {
  std::vector<std::size_t> sums(counts.begin(), counts.end());
  std::size_t stride = 1;
  for (std::size_t k = actions.knob_count(); k-- > 0;) {
    const std::size_t levels = actions.counts()[k];
    std::vector<std::size_t> wider(sums.size(), 0);
    for (std::size_t action = 0; action < sums.size(); ++action) {
      const std::size_t level = action / stride % levels;
      const std::size_t low = level - std::min(radius, level);
      const std::size_t high = std::min(level + radius, levels - 1);
      for (std::size_t other = low; other <= high; ++other) {
        wider[action] += sums[action - level * stride + other * stride];
      }
    }
    sums = std::move(wider);
    stride *= levels;
  }
  return sums;
}

SupportReport support_report(const ActionSpace& actions, std::span<const std::size_t> counts,
                             std::span<const std::uint32_t> choices) {
  SupportReport report;
  report.choices = choices.size();
  if (choices.empty()) return report;
  const std::vector<std::size_t> near = neighbourhood_counts(actions, counts, 1);
  std::vector<double> neighbours;
  for (const std::uint32_t choice : choices) {
    report.seen_share += counts[choice] > 0 ? 1.0 : 0.0;
    report.neighbour_share += near[choice] > 0 ? 1.0 : 0.0;
    neighbours.push_back(static_cast<double>(near[choice]));
  }
  const auto size = static_cast<double>(choices.size());
  report.seen_share /= size;
  report.neighbour_share /= size;
  report.least_neighbours =
      static_cast<std::size_t>(*std::min_element(neighbours.begin(), neighbours.end()));
  report.median_neighbours = interpolated_quantile(neighbours, 0.5);
  return report;
}

}  // namespace flyball
