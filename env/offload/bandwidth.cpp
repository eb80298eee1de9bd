#include "env/offload/bandwidth.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>

#include "env/config/check_fields.h"
#include "env/csv/number_columns.h"
#include "env/draw.h"
#include "env/errors.h"

namespace flyball {

namespace {

constexpr double kForEver = std::numeric_limits<double>::infinity();
constexpr double kBitsPerByte = 8.0;

[[noreturn]] void fail(const std::string& key, const std::string& what) {
  throw std::invalid_argument(fmt::format("bandwidth.{}: {}", key, what));
}

void check(const BandwidthSteps& steps) {
  if (steps.steps.empty()) fail("steps", "must hold at least one");
  for (std::size_t i = 0; i < steps.steps.size(); ++i) {
    const double time = steps.steps[i].time_seconds;
    const bool is_right = i == 0 ? time == 0.0 : time > steps.steps[i - 1].time_seconds;
    if (is_right) continue;
    fail(fmt::format("steps[{}].time_seconds", i),
         fmt::format("{}: {} expected", time, i == 0 ? "0" : "more than the step before"));
  }
  if (steps.repeat_seconds && *steps.repeat_seconds <= steps.steps.back().time_seconds) {
    fail("repeat_seconds",
         fmt::format("{}: more than the last step's time expected", *steps.repeat_seconds));
  }
}

void check(const BandwidthWalk& walk) {
  if (walk.high_bits_per_second > walk.low_bits_per_second) return;
  fail("high_bits_per_second", "must be above low_bits_per_second");
}

// Draws the whole walk.
BandwidthSteps draw_walk(const BandwidthWalk& walk, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const double low = std::log(walk.low_bits_per_second);
  const double high = std::log(walk.high_bits_per_second);
  double at = low + draw_unit(random) * (high - low);
  BandwidthSteps steps;
  steps.repeat_seconds = std::max(kWalkSeconds, walk.step_seconds);
  std::normal_distribution<double> move(0.0, walk.spread);
  const double count = std::ceil(*steps.repeat_seconds / walk.step_seconds);
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    steps.steps.push_back({static_cast<double>(i) * walk.step_seconds, std::exp(at)});
    at += move(random);
    if (at < low) at = std::min(high, 2.0 * low - at);
    if (at > high) at = std::max(low, 2.0 * high - at);
  }
  return steps;
}

BandwidthSteps read_steps(const BandwidthFile& trace) {
  BandwidthSteps steps;
  for (const NumberRow& row :
       read_number_columns(trace.file, {"time_seconds", "bits_per_second"})) {
    steps.steps.push_back({*row.numbers[0], *row.numbers[1]});
  }
  if (trace.repeat && steps.steps.size() > 1) {
    steps.repeat_seconds = steps.steps.back().time_seconds;
    steps.steps.pop_back();
  }
  try {
    check_fields(steps, "bandwidth");
    check(steps);
  } catch (const std::invalid_argument& error) {
    throw DataError(fmt::format("{}: {}", trace.file.string(), error.what()));
  }
  return steps;
}

}  // namespace

std::pair<double, double> BandwidthTrace::step_at(double time_seconds) const {
  double before = 0.0;  // what earlier repetitions took
  if (steps_.repeat_seconds) {
    before = *steps_.repeat_seconds * std::floor(time_seconds / *steps_.repeat_seconds);
  }
  const auto later = std::upper_bound(
      steps_.steps.begin(), steps_.steps.end(), time_seconds - before,
      [](double time, const BandwidthStep& step) { return time < step.time_seconds; });
  const double bits =
      later == steps_.steps.begin() ? later->bits_per_second : std::prev(later)->bits_per_second;
  if (later != steps_.steps.end()) return {bits, before + later->time_seconds};
  return {bits, steps_.repeat_seconds ? before + *steps_.repeat_seconds : kForEver};
}

double BandwidthTrace::bits_per_second(double time_seconds) const {
  return step_at(time_seconds).first;
}

double BandwidthTrace::end_seconds(double start_seconds, double bytes) const {
  double bits = kBitsPerByte * bytes;
  double time = start_seconds;
  for (;;) {
    const auto [rate, until] = step_at(time);
    const double end = time + bits / rate;
    // A step that is over by less than a rounding error is over.
    if (end <= until || !(until > time)) return end;
    bits -= rate * (until - time);
    time = until;
  }
}

void validate(const Bandwidth& bandwidth) {
  std::visit(
      [](const auto& chosen) {
        check_fields(chosen, "bandwidth");
        if constexpr (requires { check(chosen); }) check(chosen);
      },
      bandwidth);
}

BandwidthTrace make_trace(const Bandwidth& bandwidth, std::uint64_t seed) {
  if (const auto* constant = std::get_if<ConstantBandwidth>(&bandwidth)) {
    return BandwidthTrace({{{0.0, constant->bits_per_second}}, std::nullopt});
  }
  if (const auto* walk = std::get_if<BandwidthWalk>(&bandwidth)) {
    return BandwidthTrace(draw_walk(*walk, seed));
  }
  if (const auto* file = std::get_if<BandwidthFile>(&bandwidth)) {
    return BandwidthTrace(read_steps(*file));
  }
  return BandwidthTrace(std::get<BandwidthSteps>(bandwidth));
}

}  // namespace flyball
