#include "env/fitting/group_answers.h"

#include <cstdint>
#include <set>
#include <variant>

namespace flyball {

namespace {

// LoudVA's stock runs 0 and 3, where it is so, show 0.92 and 0.84: rows blur the groups' order.
constexpr double kNearlyEvery = 0.75;
constexpr double kFewestInGroup = 1.5;   // on average
constexpr std::size_t kFewestRows = 20;  // that served

}  // namespace

bool answers_whole_groups(std::span<const TelemetryRow> rows, const Arrivals& arrivals) {
  const auto* const groups = std::get_if<std::vector<Arrival>>(&arrivals);
  if (groups == nullptr || groups->empty()) return false;
  std::set<std::uint64_t> ends;
  std::uint64_t requests = 0;
  for (const Arrival& group : *groups) {
    requests += group.requests;
    ends.insert(requests);
  }
  if (static_cast<double>(requests) < kFewestInGroup * static_cast<double>(groups->size())) {
    return false;
  }
  const std::uint64_t first = rows.front().telemetry.application->served;
  std::uint64_t before = first;
  std::size_t serving = 0;
  std::size_t whole = 0;
  for (const TelemetryRow& row : rows) {
    const std::uint64_t served = row.telemetry.application->served;
    if (served == before) continue;
    before = served;
    ++serving;
    whole += ends.contains(served - first) ? 1 : 0;
  }
  return serving >= kFewestRows &&
         static_cast<double>(whole) >= kNearlyEvery * static_cast<double>(serving);
}

}  // namespace flyball
