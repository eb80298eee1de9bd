#include "tools/offload/bandwidth_estimate.h"

#include <cmath>

namespace flyball {

namespace {

constexpr double kNewest = 0.3;              // the newest transfer's weight
constexpr double kLeastDifference = 0.5e-3;  // seconds; what is less may be the scheduler's

}  // namespace

double bytes_on_link(std::size_t message_bytes) {
  const auto bytes = static_cast<double>(message_bytes);
  return bytes + std::ceil(bytes / kSegmentBytes) * kSegmentHeaderBytes;
}

void BandwidthEstimate::add_short(std::size_t bytes, double seconds) {
  if (short_seconds_ && seconds >= *short_seconds_) return;
  short_bytes_ = bytes;
  short_seconds_ = seconds;
}

void BandwidthEstimate::add_long(std::size_t bytes, double seconds) {
  if (!short_seconds_) return;
  const double more_seconds = seconds - *short_seconds_;
  const double more_bytes = bytes_on_link(bytes) - bytes_on_link(short_bytes_);
  if (more_seconds < kLeastDifference || more_bytes <= 0.0) return;
  const double newest = more_seconds / more_bytes;
  const double before = seconds_per_byte_.value_or(newest);
  seconds_per_byte_ = before + kNewest * (newest - before);
}

std::optional<double> BandwidthEstimate::bits_per_second() const {
  if (!seconds_per_byte_) return std::nullopt;
  return 8.0 / *seconds_per_byte_;
}

}  // namespace flyball
