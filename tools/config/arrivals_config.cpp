#include "tools/config/arrivals_config.h"

#include <cmath>

#include "tools/config/positive.h"

namespace flyball {

namespace {

std::size_t read_count(const TomlTable& table, std::string_view key) {
  const auto count = table.required<std::uint64_t>(key);
  if (count == 0) table.fail(key, "must be at least 1");
  return count;
}

ClosedLoop read_closed_loop(const TomlTable& table) {
  ClosedLoop loop;
  loop.requests = read_count(table, "requests");
  loop.batch = read_count(table, "batch");
  return loop;
}

CameraArrivals read_cameras(const TomlTable& table) {
  CameraArrivals cameras;
  cameras.cameras = static_cast<int>(read_count(table, "cameras"));
  cameras.frames_per_second = required_positive(table, "frames_per_second");
  if (const auto jitter = optional_positive(table, "jitter_seconds")) {
    cameras.jitter_seconds = *jitter;
  }
  return cameras;
}

PoissonArrivals read_poisson(const TomlTable& table) {
  PoissonArrivals poisson;
  poisson.groups_per_second = required_positive(table, "groups_per_second");
  if (table.contains("requests")) poisson.requests = read_count(table, "requests");
  return poisson;
}

BurstyArrivals read_bursty(const TomlTable& table) {
  BurstyArrivals bursty;
  bool arrives = false;
  for (const TomlTable& entry : table.tables("states")) {
    BurstyArrivals::State state;
    state.groups_per_second = entry.required<double>("groups_per_second");
    if (!(std::isfinite(state.groups_per_second) && state.groups_per_second >= 0.0)) {
      entry.fail("groups_per_second", "must be 0 or more");
    }
    state.mean_seconds = required_positive(entry, "mean_seconds");
    arrives = arrives || state.groups_per_second > 0.0;
    bursty.states.push_back(state);
  }
  if (bursty.states.size() < 2) table.fail("states", "must hold at least two");
  if (!arrives) table.fail("states", "at least one groups_per_second must be above 0");
  if (table.contains("requests")) bursty.requests = read_count(table, "requests");
  return bursty;
}

}  // namespace

ArrivalsConfig read_arrivals(const TomlTable& table) {
  ArrivalsConfig config;
  const std::string kind =
      table.choice("kind", {"closed_loop", "camera", "poisson", "bursty", "trace"});
  config.deadline_seconds = optional_positive(table, "deadline_seconds");
  if (kind == "closed_loop") {
    config.source = read_closed_loop(table);
    return config;
  }
  if (kind == "trace") {
    config.source = TraceArrivals{table.file().parent_path() / table.required<std::string>("file")};
    config.duration_seconds = optional_positive(table, "duration_seconds");
    return config;
  }
  config.duration_seconds = required_positive(table, "duration_seconds");
  if (kind == "camera") {
    config.source = read_cameras(table);
  } else if (kind == "bursty") {
    config.source = read_bursty(table);
  } else {
    config.source = read_poisson(table);
  }
  return config;
}

}  // namespace flyball
