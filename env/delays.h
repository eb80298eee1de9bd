// How long something takes: always the same, or drawn from what was measured, each time anew or for
// a while. Header only.
#pragma once

#include <cstdint>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

namespace flyball {

// Seconds; one entry: always that long; several: each as likely as the others. Never empty.
struct Delays {
  Delays(double constant_seconds) : seconds{constant_seconds} {}  // NOLINT: a number is a delay
  // Requires: not empty.
  explicit Delays(std::vector<double> measured_seconds) : seconds(std::move(measured_seconds)) {}

  double mean_seconds() const {
    return std::accumulate(seconds.begin(), seconds.end(), 0.0) /
           static_cast<double>(seconds.size());
  }

  std::vector<double> seconds;
  // Times in a row that one of them is taken, once drawn: what is slow is slow for a while. At
  // least 1.
  std::uint64_t stay = 1;
};

// Draws them, the same ones for the same seed. Not thread-safe.
class DelayDraws {
 public:
  DelayDraws(Delays delays, std::uint64_t seed) : delays_(std::move(delays)), random_(seed) {}

  double next() {
    const std::vector<double>& seconds = delays_.seconds;
    if (left_ == 0) {
      drawn_ = seconds.size() == 1 ? seconds.front() : seconds[random_() % seconds.size()];
      left_ = delays_.stay;
    }
    --left_;
    return drawn_;
  }

 private:
  Delays delays_;
  std::mt19937_64 random_;
  double drawn_ = 0.0;
  std::uint64_t left_ = 0;  // times that it is still taken
};

}  // namespace flyball
