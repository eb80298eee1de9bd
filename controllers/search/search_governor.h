// Any search as a governor: holds what it asks for on a running application, measures it and tells
// it. Afterwards the best setting is held for ever. Not thread-safe; a decision that ends a sample
// computes as long as the search does.
//
// After a change it waits until clocks and power sensor have settled. A sample that is plainly over
// the limit ends early, and the highest clocks then work off what has queued up.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "controllers/search/sample_meter.h"
#include "controllers/search/search.h"
#include "env/governor.h"

namespace flyball {

struct SearchGovernorConfig {
  double period_seconds = 0.1;  // between looks; the loop's sampling, so that no reading is lost
  double settle_seconds = 2.5;  // six times the power sensor's lag: 0.2 % of a change are left
  std::size_t samples = 20;     // at most, those before it began included
  double plainly_over = 1.25;   // times the limit, by the mean so far
  SampleMeterConfig meter;
};

class SearchGovernor final : public Governor {
 public:
  using Listener = std::function<void(const SearchSample&)>;

  // `search` may have been told samples: so many count as `taken`. `listener` is told each sample
  // when it is taken; may be empty. Search and problem must outlive the governor.
  SearchGovernor(Search& search, const SearchProblem& problem, SearchGovernorConfig config,
                 std::size_t taken = 0, Listener listener = {});

  std::string_view name() const override { return search_.name(); }
  // What was measured is kept, what is being measured begins anew. Throws std::invalid_argument
  // where the scope's knobs are not the problem's, or the plant shows no application.
  void reset(const GovernorScope& scope) override;
  Decision decide(const GovernorInput& input) override;
  Period period() const override { return {config_.period_seconds, false}; }

  // Everything was asked for: the best setting is held.
  bool is_done() const { return phase_ == Phase::kDone; }
  const std::vector<SearchSample>& samples() const { return samples_; }

 private:
  enum class Phase { kBegin, kSettle, kMeasure, kRecover, kDone };

  void ask();
  void hold(std::size_t candidate, Phase phase, double now);
  bool has_settled(const Telemetry& telemetry) const;
  bool is_plainly_over() const;
  void take_sample(const Telemetry& telemetry);

  Search& search_;
  const SearchProblem& problem_;
  SearchGovernorConfig config_;
  std::size_t taken_;
  Listener listener_;
  SampleMeter meter_;
  Phase phase_ = Phase::kBegin;
  std::optional<std::size_t> measured_;  // the candidate in question
  double phase_began_ = 0.0;
  std::optional<std::uint64_t> usual_queue_;  // at the end of the first sample within the limit
  Setting setting_;
  std::vector<SearchSample> samples_;
};

}  // namespace flyball
