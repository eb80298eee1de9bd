#include "tools/config/arrivals_config.h"

#include <fmt/format.h>

#include "tools/config/positive.h"

namespace flyball {

namespace {

constexpr std::uint64_t kMostCameras = 10'000;
constexpr double kMostPerSecond = 1e6;

ClosedLoop read_closed_loop(const TomlTable& table) {
  ClosedLoop loop;
  loop.requests = required_count(table, "requests", kMostRequests);
  loop.batch = required_count(table, "batch", kMostBatch);
  return loop;
}

CameraArrivals read_cameras(const TomlTable& table) {
  CameraArrivals cameras;
  cameras.cameras = static_cast<int>(required_count(table, "cameras", kMostCameras));
  cameras.frames_per_second = required_positive(table, "frames_per_second", kMostPerSecond);
  if (const auto jitter = optional_positive(table, "jitter_seconds", kMostSeconds)) {
    cameras.jitter_seconds = *jitter;
  }
  return cameras;
}

PoissonArrivals read_poisson(const TomlTable& table) {
  PoissonArrivals poisson;
  poisson.groups_per_second = required_positive(table, "groups_per_second", kMostPerSecond);
  poisson.requests = optional_count(table, "requests", kMostRequests).value_or(poisson.requests);
  return poisson;
}

BurstyArrivals read_bursty(const TomlTable& table) {
  BurstyArrivals bursty;
  bool arrives = false;
  for (const TomlTable& entry : table.tables("states")) {
    BurstyArrivals::State state;
    state.groups_per_second = entry.required<double>("groups_per_second");
    if (!(state.groups_per_second >= 0.0 && state.groups_per_second <= kMostPerSecond)) {
      entry.fail("groups_per_second", fmt::format("must be in [0, {:g}]", kMostPerSecond));
    }
    state.mean_seconds = required_period(entry, "mean_seconds");
    arrives = arrives || state.groups_per_second > 0.0;
    bursty.states.push_back(state);
  }
  if (bursty.states.size() < 2) table.fail("states", "must hold at least two");
  if (!arrives) table.fail("states", "at least one groups_per_second must be above 0");
  bursty.requests = optional_count(table, "requests", kMostRequests).value_or(bursty.requests);
  return bursty;
}

}  // namespace

ArrivalsConfig read_arrivals(const TomlTable& table) {
  ArrivalsConfig config;
  const std::string kind =
      table.choice("kind", {"closed_loop", "camera", "poisson", "bursty", "trace"});
  config.deadline_seconds = optional_positive(table, "deadline_seconds", kMostSeconds);
  if (kind == "closed_loop") {
    config.source = read_closed_loop(table);
    return config;
  }
  if (kind == "trace") {
    config.source = TraceArrivals{table.file().parent_path() / table.required<std::string>("file")};
    config.duration_seconds = optional_positive(table, "duration_seconds", kMostSeconds);
    return config;
  }
  config.duration_seconds = required_positive(table, "duration_seconds", kMostSeconds);
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
