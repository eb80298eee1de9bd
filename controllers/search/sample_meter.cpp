#include "controllers/search/sample_meter.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace flyball {

namespace {

constexpr std::uint64_t kLeastBlocks = 3;

}  // namespace

// West's update of mean and spread.
void SampleMeter::Mean::add(double value, double weight) {
  weights += weight;
  squares += weight * weight;
  const double before = value - mean;
  mean += before * weight / weights;
  spread += weight * before * (value - mean);
  ++count;
}

double SampleMeter::Mean::error() const {
  if (count < 2 || mean <= 0.0) return std::numeric_limits<double>::infinity();
  const double effective = weights * weights / squares;  // values of equal weight
  if (effective <= 1.0) return std::numeric_limits<double>::infinity();
  const double variance = spread / weights * effective / (effective - 1.0);
  return std::sqrt(variance / effective) / mean;
}

double SampleMeter::latency_error() const {
  return latency_blocks_.count >= 2 ? latency_blocks_.error() : latency_.error();
}

void SampleMeter::begin(const Telemetry& telemetry) {
  const SampleMeterConfig config = config_;
  *this = SampleMeter(config);
  began_ = now_ = telemetry.time_seconds;
  const ApplicationTelemetry& application = *telemetry.application;
  in_system_began_ = in_system_ = application.in_system_seconds;
  served_ = application.served;
  batches_ = block_first_batch_ = application.batches;
  first_watts_ = last_watts_ = *telemetry.total_watts;
  first_stamp_ = last_stamp_ = block_began_ = telemetry.total_watts.time_seconds();
}

void SampleMeter::look(const Telemetry& telemetry) {
  now_ = telemetry.time_seconds;
  if (telemetry.application) look_at_requests(telemetry);
  if (telemetry.total_watts) look_at_power(telemetry);
}

void SampleMeter::look_at_requests(const Telemetry& telemetry) {
  const ApplicationTelemetry& application = *telemetry.application;
  const double in_system = application.in_system_seconds;
  if (application.served > served_) {
    const auto served = static_cast<double>(application.served - served_);
    const double mean =
        application.latency_mean_seconds.value_or((in_system - in_system_) / served);
    if (mean > 0.0) {
      latency_.add(mean, served);
      block_sum_ += served * mean;
      block_served_ += served;
    }
  }
  served_ = application.served;
  batches_ = application.batches;
  if (block_served_ > 0.0 && batches_ - block_first_batch_ >= config_.block_batches) {
    latency_blocks_.add(block_sum_ / block_served_, block_served_);
    block_sum_ = block_served_ = 0.0;
    block_first_batch_ = batches_;
  }
  in_system_ = in_system;
}

// A reading counts for the time since the one before it.
void SampleMeter::look_at_power(const Telemetry& telemetry) {
  const double stamp = telemetry.total_watts.time_seconds();
  if (stamp <= last_stamp_) return;
  const double joules = *telemetry.total_watts * (stamp - last_stamp_);
  joules_ += joules;
  block_joules_ += joules;
  last_stamp_ = stamp;
  last_watts_ = *telemetry.total_watts;
  const double seconds = stamp - block_began_;
  if (seconds < config_.block_seconds) return;
  block_watts_.add(block_joules_ / seconds, seconds);
  block_began_ = stamp;
  block_joules_ = 0.0;
}

bool SampleMeter::is_long_enough() const {
  return now_ - began_ >= config_.least_seconds && latency_blocks_.count >= kLeastBlocks;
}

bool SampleMeter::is_done() const {
  if (now_ - began_ >= config_.most_seconds) return true;
  return is_long_enough() && latency_error() <= config_.error &&
         block_watts_.error() <= config_.error;
}

std::optional<SampleReading> SampleMeter::reading() const {
  const double seconds = now_ - began_;
  const double power_seconds = last_stamp_ - first_stamp_;
  if (power_seconds <= 0.0 || seconds <= 0.0) return std::nullopt;
  const double lag = config_.lag_seconds * (last_watts_ - first_watts_);
  const double watts = std::max((joules_ + lag) / power_seconds, 0.1 * joules_ / power_seconds);
  if (latency_.count == 0) {
    if (seconds < config_.most_seconds) return std::nullopt;
    return SampleReading{seconds, watts * seconds, config_.error};
  }
  const double in_system = (in_system_ - in_system_began_) / seconds;
  if (in_system <= 0.0) return std::nullopt;
  const double error = std::max(latency_error(), block_watts_.error());
  return SampleReading{latency_.mean, watts * latency_.mean / in_system,
                       std::clamp(error, 0.001, 0.2)};
}

}  // namespace flyball
