// Constrained Bayesian optimisation (after PolyThrottle, MLSys 2024): latency and energy are
// Gaussian processes over the knobs' logarithms, whose mean is the board's or that of other
// workloads on it (SurfacePrior). Next is the candidate with the largest
//   log EI(energy) + log P(latency <= limit)
// (Gardner et al., ICML 2014; in logarithms as Ament et al., NeurIPS 2023). The incumbent is the
// least posterior mean among measured settings that keep the limit with a probability of a half.
//
// certified: only settings whose latency keeps the limit with a probability of 99 %, and for which
// the physical bound from some sample is not far above it: latency rises by no more than the
// largest ratio of a clock. Without other workloads' measurements the bound itself has to keep the
// limit. probing: what is predicted to keep the limit, and to be 5 % above it with 1 % at most.
#pragma once

#include <vector>

#include "controllers/search/sample_book.h"
#include "controllers/search/search.h"
#include "controllers/search/surface_model.h"

namespace flyball {

struct BayesConfig {
  SearchMode mode = SearchMode::kProbing;
  double certainty = 0.99;      // certified: that a setting keeps the limit
  double overshoot = 0.05;      // probing: of the limit; exceeded by 1 - certainty at most
  double bound_margin = 0.03;   // of the limit: what the physical bound is off by on real boards
  double learned_bound = 1.25;  // certified, with a learned prior: the bound may come to so much
  double least_gain = 0.001;    // expected improvement, relative: below it nothing more is asked
};

class BayesSearch final : public Search {
 public:
  // `problem` must outlive it.
  explicit BayesSearch(const SearchProblem& problem, BayesConfig config = {});

  std::string_view name() const override { return "bayes"; }
  std::optional<std::size_t> propose() override;
  void observe(const SearchSample& sample) override;
  std::optional<std::size_t> best() const override;

 private:
  // What is believed of a candidate: logarithms.
  struct Outlook {
    SurfaceModel::Belief seconds;
    SurfaceModel::Belief joules;
    double feasible_z = 0.0;  // how far the limit is above the mean, in deviations
  };

  void update();
  Outlook outlook(std::size_t candidate) const;
  bool may_try(std::size_t candidate, const Outlook& outlook) const;
  bool is_bounded(std::size_t candidate, double factor) const;
  std::optional<std::size_t> likely_best(double least_z) const;

  const SearchProblem& problem_;
  BayesConfig config_;
  SurfacePrior prior_;
  SampleBook book_;
  std::vector<Outlook> outlooks_;  // per candidate; empty before the first sample
};

}  // namespace flyball
