// A resident that asks for the top level and keeps what it was shown.
#pragma once

#include <optional>
#include <vector>

#include "env/governor.h"

namespace flyball {

// Where a CountingGovernor writes; outlives it.
struct PollLog {
  std::vector<double> times_seconds;
  std::vector<std::optional<double>> utilizations;  // of the domain's own
};

class CountingGovernor final : public Governor {
 public:
  explicit CountingGovernor(Period period, PollLog* log = nullptr) : period_(period), log_(log) {}
  std::string_view name() const override { return "counting"; }
  void reset(const GovernorScope& scope) override {
    domain_ = scope.knobs.front().domains.front();
    top_ = static_cast<Level>(scope.knobs.front().levels.size() - 1);
  }
  Decision decide(const GovernorInput& input) override {
    if (log_ != nullptr) {
      log_->times_seconds.push_back(input.telemetry.time_seconds);
      log_->utilizations.push_back((*input.telemetry.domains)[domain_].utilization);
    }
    return {Setting::pinned({&top_, 1})};
  }
  Period period() const override { return period_; }

 private:
  Period period_;
  PollLog* log_;
  std::size_t domain_ = 0;
  Level top_ = 0;
};

}  // namespace flyball
