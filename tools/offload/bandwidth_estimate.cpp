#include "tools/offload/bandwidth_estimate.h"

#include <algorithm>
#include <cmath>

namespace flyball {

namespace {

constexpr std::size_t kTransfers = 8;
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
  const double more_bytes = bytes_on_link(bytes) - bytes_on_link(short_bytes_);
  if (more_bytes <= 0.0) return;
  recent_.push_back({more_bytes, seconds - *short_seconds_});
  if (recent_.size() > kTransfers) recent_.pop_front();
}

std::optional<double> BandwidthEstimate::bits_per_second() const {
  const auto fastest = std::min_element(recent_.begin(), recent_.end(),
                                        [](const Difference& a, const Difference& b) {
                                          return a.seconds_per_byte() < b.seconds_per_byte();
                                        });
  if (fastest == recent_.end() || fastest->seconds < kLeastDifference) return std::nullopt;
  return 8.0 / fastest->seconds_per_byte();
}

}  // namespace flyball
