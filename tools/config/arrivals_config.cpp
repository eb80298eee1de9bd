#include "tools/config/arrivals_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "tools/config/number_columns.h"
#include "tools/config/positive.h"
#include "tools/exit_codes.h"

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

std::vector<Arrival> camera_arrivals(const CameraArrivals& cameras, double duration_seconds,
                                     std::mt19937_64& random) {
  std::vector<Arrival> arrivals;
  const double period = 1.0 / cameras.frames_per_second;
  std::uniform_real_distribution<double> phase(0.0, period);
  std::uniform_real_distribution<double> late(0.0, 1.0);
  for (int camera = 0; camera < cameras.cameras; ++camera) {
    const double first = phase(random);
    for (std::size_t frame = 0;; ++frame) {
      const double sent = first + static_cast<double>(frame) * period;
      if (sent >= duration_seconds) break;
      arrivals.push_back({sent + cameras.jitter_seconds * late(random), 1, std::nullopt});
    }
  }
  std::stable_sort(arrivals.begin(), arrivals.end(), [](const Arrival& a, const Arrival& b) {
    return a.time_seconds < b.time_seconds;
  });
  return arrivals;
}

std::vector<Arrival> poisson_arrivals(const PoissonArrivals& poisson, double duration_seconds,
                                      std::mt19937_64& random) {
  std::vector<Arrival> arrivals;
  std::exponential_distribution<double> gap(poisson.groups_per_second);
  for (double time = gap(random); time < duration_seconds; time += gap(random)) {
    arrivals.push_back({time, poisson.requests, std::nullopt});
  }
  return arrivals;
}

// The state of the long run: by the time that each one lasts, as all are entered as often.
std::size_t first_state(const BurstyArrivals& bursty, std::mt19937_64& random) {
  double whole = 0.0;
  for (const BurstyArrivals::State& state : bursty.states) whole += state.mean_seconds;
  double left = std::uniform_real_distribution<double>(0.0, whole)(random);
  for (std::size_t s = 0; s + 1 < bursty.states.size(); ++s) {
    left -= bursty.states[s].mean_seconds;
    if (left < 0.0) return s;
  }
  return bursty.states.size() - 1;
}

std::vector<Arrival> bursty_arrivals(const BurstyArrivals& bursty, double duration_seconds,
                                     std::mt19937_64& random) {
  std::vector<Arrival> arrivals;
  std::size_t state = first_state(bursty, random);
  for (double begin = 0.0; begin < duration_seconds;) {
    const auto& [rate, mean_seconds] = bursty.states[state];
    const double end = begin + std::exponential_distribution<double>(1.0 / mean_seconds)(random);
    if (rate > 0.0) {
      std::exponential_distribution<double> gap(rate);
      const double last = std::min(end, duration_seconds);
      for (double time = begin + gap(random); time < last; time += gap(random)) {
        arrivals.push_back({time, bursty.requests, std::nullopt});
      }
    }
    std::uniform_int_distribution<std::size_t> others(1, bursty.states.size() - 1);
    state = (state + others(random)) % bursty.states.size();
    begin = end;
  }
  return arrivals;
}

std::vector<Arrival> trace_arrivals(const std::filesystem::path& file,
                                    std::optional<double> duration_seconds) {
  std::vector<Arrival> arrivals;
  double last = 0.0;
  for (const NumberRow& row :
       read_number_columns(file, {"time_seconds", "requests"}, {"limit_seconds"})) {
    const double time = *row.numbers[0];
    const double requests = *row.numbers[1];
    if (time < last || requests < 1.0 || requests != std::floor(requests)) {
      throw InputError(fmt::format(
          "{}:{}: time_seconds must not go back and requests must be a whole number from 1",
          file.string(), row.line));
    }
    last = time;
    if (duration_seconds && time >= *duration_seconds) break;
    arrivals.push_back({time, static_cast<std::size_t>(requests), row.numbers[2]});
  }
  return arrivals;
}

struct MakeArrivals {
  const ArrivalsConfig& config;
  std::mt19937_64 random;

  Arrivals operator()(ClosedLoop loop) const {
    loop.limit_seconds = config.deadline_seconds;
    return loop;
  }
  Arrivals operator()(const CameraArrivals& cameras) {
    return timed(camera_arrivals(cameras, config.duration_seconds.value(), random));
  }
  Arrivals operator()(const PoissonArrivals& poisson) {
    return timed(poisson_arrivals(poisson, config.duration_seconds.value(), random));
  }
  Arrivals operator()(const BurstyArrivals& bursty) {
    return timed(bursty_arrivals(bursty, config.duration_seconds.value(), random));
  }
  Arrivals operator()(const TraceArrivals& trace) {
    return timed(trace_arrivals(trace.file, config.duration_seconds));
  }
  Arrivals timed(std::vector<Arrival> arrivals) const {
    for (Arrival& arrival : arrivals) {
      if (!arrival.limit_seconds) arrival.limit_seconds = config.deadline_seconds;
    }
    return arrivals;
  }
};

}  // namespace

double BurstyArrivals::mean_rate() const {
  double groups = 0.0;
  double seconds = 0.0;
  for (const State& state : states) {
    groups += state.groups_per_second * state.mean_seconds;
    seconds += state.mean_seconds;
  }
  return groups / seconds;
}

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

Arrivals make_arrivals(const ArrivalsConfig& config, std::uint64_t seed) {
  return std::visit(MakeArrivals{config, std::mt19937_64(seed)}, config.source);
}

}  // namespace flyball
