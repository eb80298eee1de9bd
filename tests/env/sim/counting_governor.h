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
  Setting decide(const Telemetry& telemetry) override {
    if (log_ != nullptr) {
      log_->times_seconds.push_back(telemetry.time_seconds);
      log_->utilizations.push_back((*telemetry.domains)[domain_].utilization);
    }
    Setting setting;
    setting.resize(1);
    setting[0] = {top_, top_};
    return setting;
  }
  Period period() const override { return period_; }

 private:
  Period period_;
  PollLog* log_;
  std::size_t domain_ = 0;
  Level top_ = 0;
};

}  // namespace flyball
