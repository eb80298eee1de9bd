// Constrained Bayesian optimisation (after PolyThrottle, MLSys 2024): latency and energy are
// Gaussian processes over the knobs' logarithms, whose mean is the board's or that of other
// workloads on it (SurfacePrior). Next is the candidate with the largest
//   log EI(energy) + log P(latency <= limit)
// (Gardner et al., ICML 2014; in logarithms as Ament et al., NeurIPS 2023). The incumbent is the
// least posterior mean among measured settings that keep the limit with a probability of a half.
//
// certified: only settings whose latency keeps the limit with a probability of 99 %, and for which
// the physical bound from some sample is not far above it: latency rises by no more than the
// largest ratio of a clock. Without two other workloads' measurements the bound itself has to keep
// the limit. probing: what is predicted to keep the limit, and to be 5 % above it with 1 % at most;
// after three samples over the limit it goes on as certified.
//
// Other workloads may mislead. How far the bound may be exceeded on their word therefore grows with
// every sample that turned out as predicted, and begins anew with one that did not.
//
// Where something much more promising may not be tried yet, next is what may be and tells most
// about its latency (the expanders of SafeOpt, Sui et al., ICML 2015).
#pragma once

#include <vector>

#include "controllers/search/sample_book.h"
#include "controllers/search/search.h"
#include "controllers/search/surface_model.h"

namespace flyball {

struct BayesConfig {
  SearchMode mode = SearchMode::kProbing;
  double certainty = 0.99;     // certified: that a setting keeps the limit
  double overshoot = 0.05;     // probing: of the limit; exceeded by 1 - certainty at most
  double bound_margin = 0.03;  // of the limit: what the physical bound is off by on real boards
  // certified, with a learned prior: the bound may come to so much of the limit at first, to more
  // with each sample that was predicted well, and to this much in the end
  double first_bound = 1.1;
  double bound_step = 0.1;
  double learned_bound = 1.35;
  double least_gain = 0.0003;  // expected improvement, relative: below it nothing more is asked
  double probing_bound = 1.4;  // probing: the physical bound may come to so much of the limit
  std::size_t most_over = 3;   // probing: samples over the limit; then it goes on as certified
  double dream_factor = 3.0;   // times as promising: it is worth a sample on the way there
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

  struct Ranking {
    std::optional<std::size_t> next;   // the most worth of what may be tried
    std::optional<std::size_t> dream;  // of what may not
    double next_worth = 0.0;           // logarithms of expected improvement
    double dream_worth = 0.0;
  };

  void update();
  double worth(std::size_t candidate, std::optional<std::size_t> incumbent) const;
  Ranking rank(std::optional<std::size_t> incumbent) const;
  std::optional<std::size_t> step_towards(std::size_t dream) const;
  Outlook outlook(std::size_t candidate) const;
  bool may_try(std::size_t candidate, const Outlook& outlook) const;
  void judge_prediction(const SearchSample& sample);
  bool must_be_certain() const;
  double certified_bound() const;
  bool is_bounded(std::size_t candidate, double factor) const;
  std::optional<std::size_t> likely_best(double least_z, bool measured_so) const;

  const SearchProblem& problem_;
  BayesConfig config_;
  double certain_z_;         // deviations that are the certainty asked for
  double trusted_ = 0.0;     // samples in a row that turned out as predicted
  bool is_certain_ = false;  // only what is known to keep the limit may be tried
  SurfacePrior prior_;
  SampleBook book_;
  std::optional<SurfaceModel> seconds_;  // from the first sample on
  std::vector<Outlook> outlooks_;        // per candidate; empty before the first sample
};

}  // namespace flyball
