// Notices that the world is no longer the one that was learned: a two-sided CUSUM (Page 1954) over
// prediction errors. Not thread-safe. Values and one class.
//
// Errors are divided by their own usual size sigma, learned on the way (an exponential mean of the
// squares), and clipped: one outlier, a batch that straddles two settings say, never is a change.
// Then
//   high = max(0, high + error / sigma - slack),  low likewise with -error,
// and an alarm is raised when either exceeds the threshold: after three errors in a row beyond the
// clip, later after smaller ones.
#pragma once

#include <cstdint>
#include <string>

#include "env/config/fields.h"
#include "env/state_visitor.h"

namespace flyball {

struct ChangeConfig {
  double slack = 2.0;          // sigmas of a shift that is put up with
  double threshold = 15.0;     // sigmas
  double clip = 8.0;           // sigmas; what is further off counts as this much
  double minimum_sigma = 0.1;  // in the errors' unit: what a perfect prediction may be off by
  std::uint64_t warmup = 8;    // observations that only teach sigma
};

template <typename Visitor, FieldsOf<ChangeConfig> Config>
void visit(Visitor& field, Config& config) {
  field({"slack", "sigmas", above(0), "of a shift that is put up with"}, config.slack);
  field({"threshold", "sigmas", above(0), "the sum of errors at which an alarm is raised"},
        config.threshold);
  field({"clip", "sigmas", above(0), "what is further off counts as this much; above slack"},
        config.clip);
  field({"minimum_sigma", "", above(0),
         "what a perfect prediction may be off by, in the errors' unit"},
        config.minimum_sigma);
  field({"warmup", "observations", at_least(0), "that only teach sigma"}, config.warmup);
}

// Throws std::invalid_argument naming the key at fault.
void validate(const ChangeConfig& config);

class ChangeDetector {
 public:
  explicit ChangeDetector(const ChangeConfig& config);

  // The next error; true when it raises the alarm.
  bool observe(double error);
  // Begins again, with a new warm-up.
  void reset();
  // The larger of the two sums, in sigmas.
  double sum() const { return high_ > low_ ? high_ : low_; }
  void visit_state(StateVisitor& visitor, const std::string& name);

 private:
  void learn_sigma(double error);

  ChangeConfig config_;
  std::uint64_t observed_ = 0;
  double sigma_ = 0.0;
  double high_ = 0.0;
  double low_ = 0.0;
};

}  // namespace flyball
