#include "env/logs/arrival_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace flyball {

std::vector<Arrival> arrival_trace(std::span<const LoggedRequest> requests) {
  std::vector<Arrival> trace;
  for (const LoggedRequest& request : requests) {
    trace.push_back({request.arrival_seconds, 1, request.limit_seconds});
  }
  std::stable_sort(trace.begin(), trace.end(), [](const Arrival& a, const Arrival& b) {
    return std::tie(a.time_seconds, a.limit_seconds) < std::tie(b.time_seconds, b.limit_seconds);
  });
  std::size_t groups = 0;
  for (const Arrival& next : trace) {
    const bool joins = groups > 0 && trace[groups - 1].time_seconds == next.time_seconds &&
                       trace[groups - 1].limit_seconds == next.limit_seconds;
    if (joins) {
      ++trace[groups - 1].requests;
    } else {
      trace[groups++] = next;
    }
  }
  trace.resize(groups);
  const double begin = trace.empty() ? 0.0 : trace.front().time_seconds;
  for (Arrival& arrival : trace) arrival.time_seconds -= begin;
  return trace;
}

std::string trace_to_csv(std::span<const Arrival> arrivals) {
  const bool limited = std::any_of(arrivals.begin(), arrivals.end(),
                                   [](const Arrival& arrival) { return arrival.limit_seconds; });
  std::string csv = limited ? "time_seconds,requests,limit_seconds\n" : "time_seconds,requests\n";
  for (const Arrival& arrival : arrivals) {
    csv += fmt::format("{:.6f},{}", arrival.time_seconds, arrival.requests);
    if (limited) csv += ',';
    if (arrival.limit_seconds) csv += fmt::format("{:.9g}", *arrival.limit_seconds);
    csv += '\n';
  }
  return csv;
}

TraceFigures trace_figures(std::span<const Arrival> arrivals) {
  TraceFigures figures;
  if (arrivals.empty()) return figures;
  figures.groups = arrivals.size();
  figures.span_seconds = arrivals.back().time_seconds - arrivals.front().time_seconds;
  std::size_t first = 0;   // of the groups within the second that ends with this one
  std::size_t within = 0;  // requests of these
  for (const Arrival& arrival : arrivals) {
    figures.requests += arrival.requests;
    figures.largest_group = std::max(figures.largest_group, arrival.requests);
    if (arrival.limit_seconds) figures.limited += arrival.requests;
    within += arrival.requests;
    while (arrivals[first].time_seconds <= arrival.time_seconds - 1.0) {
      within -= arrivals[first++].requests;
    }
    if (within <= figures.busiest_requests) continue;
    figures.busiest_requests = within;
    figures.busiest_from_seconds = arrivals[first].time_seconds;
  }
  return figures;
}

}  // namespace flyball
