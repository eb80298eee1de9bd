// Bounds of a mean that hold at every look: a confidence sequence by betting. With probability
// 1 - error_rate the mean lies between them after every value at once, so one may stop whenever
// they say enough. Not thread-safe; add allocates nothing.
//
// The hedged capital of Waudby-Smith and Ramdas, "Estimating means of bounded random variables by
// betting" (JRSS B 86, 2024), Theorem 3: for each candidate mean one gambler bets that the truth is
// above it and one that it is below; a candidate is out once a gambler who began with half of 1 has
// 1 / error_rate. Bets as there (predictable plug-in, section 4.2), truncated at 3/4. Nothing is
// assumed of the values but that they are bounded and have the same mean, given the former ones;
// that the mean is below `upper` where it is never above it needs not even the latter.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace flyball {

class MeanBounds {
 public:
  // Values are clipped to [-reach, reach]; what is bounded is the mean of the clipped ones.
  // Requires: reach > 0, 0 < error_rate < 1.
  MeanBounds(double reach, double error_rate);

  void add(double value);

  std::uint64_t count() const { return count_; }
  double mean() const { return count_ == 0 ? 0.0 : sum_ / static_cast<double>(count_); }
  double lower() const { return lower_; }  // -reach before anything is known
  double upper() const { return upper_; }

 private:
  static constexpr std::size_t kCandidates = 401;

  double candidate(std::size_t index) const;  // 0..1
  double bet() const;
  void look();

  double reach_;
  double log_enough_;  // logarithm of the capital at which a candidate is out
  double error_rate_;
  std::uint64_t count_ = 0;
  double sum_ = 0.0;
  double scaled_sum_ = 0.0;                  // of the values in 0..1
  double squared_sum_ = 0.0;                 // of their distances from the mean of then
  std::array<double, kCandidates> above_{};  // logarithms of the capitals, per candidate
  std::array<double, kCandidates> below_{};
  double lower_;
  double upper_;
};

}  // namespace flyball
