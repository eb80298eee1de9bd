// Online gradient descent on levels, from the highest clocks: a local predictor of energy and
// latency around the best sample, the steepest step that it predicts to keep the limit, and the
// physical bound as a safeguard for stability. A step is as long as the last one that was an
// improvement allows: half as long after each that was none.
//
// The descent is Zinkevich's (ICML 2003), projected on the grid and on what keeps the limit; the
// gradient is that of LocalFit. The bound: latency rises by no more than the largest ratio of a
// clock.
#pragma once

#include "controllers/search/local_fit.h"
#include "controllers/search/sample_book.h"
#include "controllers/search/search.h"

namespace flyball {

class GradientSearch final : public Search {
 public:
  // `problem` must outlive it.
  explicit GradientSearch(const SearchProblem& problem) : problem_(problem), book_(problem) {}

  std::string_view name() const override { return "gradient"; }
  std::optional<std::size_t> propose() override;
  void observe(const SearchSample& sample) override;
  std::optional<std::size_t> best() const override { return book_.best(); }

 private:
  bool is_safe(std::size_t candidate) const;
  std::optional<std::size_t> steepest(std::size_t here, double step) const;

  const SearchProblem& problem_;
  SampleBook book_;
  double step_ = 0.0;  // the longest, in logarithms of a knob; 0 before the first sample
};

}  // namespace flyball
