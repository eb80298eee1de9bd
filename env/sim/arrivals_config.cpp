#include "env/sim/arrivals_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>
#include <string>

#include "env/config/check_fields.h"
#include "env/csv/number_columns.h"
#include "env/errors.h"
#include "env/sim/arrival_phases.h"

namespace flyball {

namespace {

[[noreturn]] void fail_too_many(const std::string& key, double requests) {
  throw std::invalid_argument(fmt::format(
      "{}: about {:.3g} requests arrive in a run, at most {:g} are allowed: a lower rate or a "
      "shorter duration_seconds",
      key, requests, kMostArrivals));
}

// All arrivals are held in memory: refused before they are made.
void check_count(const char* rate_key, double requests_per_second, double seconds) {
  const double requests = requests_per_second * seconds;
  if (!(requests <= kMostArrivals)) {
    fail_too_many(std::string("arrivals.") + rate_key, requests);
  }
}

double requests_per_second(const CameraArrivals& cameras) {
  return cameras.cameras * cameras.frames_per_second;
}
double requests_per_second(const PoissonArrivals& poisson) {
  return poisson.groups_per_second * static_cast<double>(poisson.requests);
}
// Changes of state take time as arrivals do.
double requests_per_second(const BurstyArrivals& bursty) {
  double shortest = bursty.states.front().mean_seconds;
  for (const auto& state : bursty.states) shortest = std::min(shortest, state.mean_seconds);
  return std::max(bursty.mean_rate() * static_cast<double>(bursty.requests), 1.0 / shortest);
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
                                     std::mt19937_64& random,
                                     std::vector<ArrivalPhase>* phases = nullptr) {
  std::vector<Arrival> arrivals;
  std::size_t state = first_state(bursty, random);
  for (double begin = 0.0; begin < duration_seconds;) {
    const auto& [rate, mean_seconds] = bursty.states[state];
    if (phases != nullptr) phases->push_back({begin, state});
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

std::vector<Arrival> read_trace(const std::filesystem::path& file) {
  std::vector<Arrival> arrivals;
  double last = 0.0;
  double total = 0.0;
  for (const NumberRow& row :
       read_number_columns(file, {"time_seconds", "requests"}, {"limit_seconds"})) {
    const double time = *row.numbers[0];
    const double requests = *row.numbers[1];
    if (!(time >= last) || !(requests >= 1.0) || requests != std::floor(requests)) {
      throw DataError(fmt::format(
          "{}:{}: time_seconds must not go back and requests must be a whole number from 1",
          file.string(), row.line));
    }
    last = time;
    total += requests;
    if (total > kMostArrivals) fail_too_many("arrivals.file", total);
    arrivals.push_back({time, static_cast<std::size_t>(requests), row.numbers[2]});
  }
  return arrivals;
}

// From the last arrival to the first of the next round passes as much time as between two arrivals
// on average.
std::vector<Arrival> repeated(const std::vector<Arrival>& trace, double duration_seconds) {
  std::vector<Arrival> arrivals;
  if (trace.empty()) return arrivals;
  const double last = trace.back().time_seconds;
  const double round = last + last / std::max(1.0, static_cast<double>(trace.size()) - 1.0);
  if (!(round > 0.0)) return trace;
  double total = 0.0;
  for (double begin = 0.0; begin < duration_seconds; begin += round) {
    for (Arrival arrival : trace) {
      arrival.time_seconds += begin;
      total += static_cast<double>(arrival.requests);
      if (total > kMostArrivals) fail_too_many("arrivals.duration_seconds", total);
      arrivals.push_back(arrival);
    }
  }
  return arrivals;
}

std::vector<Arrival> trace_arrivals(const TraceArrivals& trace,
                                    std::optional<double> duration_seconds) {
  std::vector<Arrival> arrivals = read_trace(trace.file);
  if (!duration_seconds) return arrivals;
  if (trace.repeat) arrivals = repeated(arrivals, *duration_seconds);
  const auto is_late = [&](const Arrival& a) { return a.time_seconds >= *duration_seconds; };
  arrivals.erase(std::find_if(arrivals.begin(), arrivals.end(), is_late), arrivals.end());
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
    const double seconds = config.duration_seconds.value();
    check_count("frames_per_second", requests_per_second(cameras), seconds);
    return timed(camera_arrivals(cameras, seconds, random));
  }
  Arrivals operator()(const PoissonArrivals& poisson) {
    const double seconds = config.duration_seconds.value();
    check_count("groups_per_second", requests_per_second(poisson), seconds);
    return timed(poisson_arrivals(poisson, seconds, random));
  }
  Arrivals operator()(const BurstyArrivals& bursty) {
    const double seconds = config.duration_seconds.value();
    check_count("states", requests_per_second(bursty), seconds);
    return timed(bursty_arrivals(bursty, seconds, random));
  }
  Arrivals operator()(const TraceArrivals& trace) {
    return timed(trace_arrivals(trace, config.duration_seconds));
  }
  Arrivals timed(std::vector<Arrival> arrivals) const {
    for (Arrival& arrival : arrivals) {
      if (!arrival.limit_seconds) arrival.limit_seconds = deadline_at(arrival.time_seconds);
    }
    return arrivals;
  }
  std::optional<double> deadline_at(double time_seconds) const {
    std::optional<double> deadline = config.deadline_seconds;
    for (const DeadlineStep& step : config.deadline_steps) {
      if (step.time_seconds <= time_seconds) deadline = step.deadline_seconds;
    }
    return deadline;
  }
};

[[noreturn]] void fail(const char* key, const char* message) {
  throw std::invalid_argument(fmt::format("arrivals.{}: {}", key, message));
}

void validate_steps(const std::vector<DeadlineStep>& steps) {
  for (std::size_t i = 1; i < steps.size(); ++i) {
    if (steps[i].time_seconds > steps[i - 1].time_seconds) continue;
    throw std::invalid_argument(
        fmt::format("arrivals.deadline_steps[{}].time_seconds: must be above {:g}, the step before "
                    "it",
                    i, steps[i - 1].time_seconds));
  }
}

}  // namespace

void validate(const ArrivalsConfig& config) {
  check_fields(config, "arrivals");
  validate_steps(config.deadline_steps);
  const bool closed = std::holds_alternative<ClosedLoop>(config.source);
  if (closed && !config.deadline_steps.empty()) {
    fail("deadline_steps", "a closed loop has one deadline");
  }
  const bool trace = std::holds_alternative<TraceArrivals>(config.source);
  if (closed && config.duration_seconds) {
    fail("duration_seconds", "a closed loop lasts until its requests are done");
  }
  if (!closed && !trace && !config.duration_seconds) fail("duration_seconds", "missing");
  const auto* const bursty = std::get_if<BurstyArrivals>(&config.source);
  if (bursty == nullptr) return;
  if (bursty->states.size() < 2) fail("states", "must hold at least two");
  const auto arrives = [](const auto& state) { return state.groups_per_second > 0.0; };
  if (std::none_of(bursty->states.begin(), bursty->states.end(), arrives)) {
    fail("states", "at least one groups_per_second must be above 0");
  }
}

double BurstyArrivals::mean_rate() const {
  double groups = 0.0;
  double seconds = 0.0;
  for (const State& state : states) {
    groups += state.groups_per_second * state.mean_seconds;
    seconds += state.mean_seconds;
  }
  return groups / seconds;
}

std::vector<ArrivalPhase> arrival_phases(const ArrivalsConfig& config, std::uint64_t seed) {
  const auto* const bursty = std::get_if<BurstyArrivals>(&config.source);
  if (bursty == nullptr) return {};
  validate(config);
  std::mt19937_64 random(seed);
  std::vector<ArrivalPhase> phases;
  bursty_arrivals(*bursty, config.duration_seconds.value(), random, &phases);
  return phases;
}

Arrivals make_arrivals(const ArrivalsConfig& config, std::uint64_t seed) {
  return std::visit(MakeArrivals{config, std::mt19937_64(seed)}, config.source);
}

}  // namespace flyball
