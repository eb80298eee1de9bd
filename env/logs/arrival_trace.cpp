#include "env/logs/arrival_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <tuple>

#include "env/draw.h"

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

std::vector<Arrival> drawn_arrivals(std::span<const std::vector<Arrival>> traces, double seconds,
                                    std::mt19937_64& random) {
  constexpr std::size_t kStretch = 8;
  std::size_t groups = 0;
  for (const std::vector<Arrival>& trace : traces) {
    if (trace.size() < 2 || trace.back().time_seconds <= trace.front().time_seconds) {
      throw std::invalid_argument("too few groups of requests to draw others from");
    }
    groups += trace.size();
  }
  std::vector<Arrival> arrivals;
  double time = 0.0;
  while (time < seconds) {
    std::size_t which = draw_index(random, groups);
    const std::vector<Arrival>* trace = traces.data();
    while (which >= trace->size()) which -= (trace++)->size();
    const std::size_t begin = draw_index(random, trace->size() - 1);
    const std::size_t end = std::min(begin + kStretch, trace->size() - 1);
    for (std::size_t i = begin; i < end && time < seconds; ++i) {
      arrivals.push_back((*trace)[i]);
      arrivals.back().time_seconds = time;
      time += (*trace)[i + 1].time_seconds - (*trace)[i].time_seconds;
    }
  }
  return arrivals;
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
