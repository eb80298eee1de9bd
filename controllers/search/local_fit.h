// Straight lines through samples in logarithms, nearer ones counting more: how energy and latency
// change with each knob around a point. Ridge regression towards slopes that are right for an
// average workload, so that it answers with a single sample, too. Constant.
#pragma once

#include <Eigen/Core>
#include <optional>
#include <span>

#include "controllers/search/search.h"

namespace flyball {

class LocalFit {
 public:
  // Around `centre`; `reach`: the distance in logarithms at which a sample counts exp(-1/2).
  // Requires: a sample, and `space` outlives it.
  LocalFit(const SearchSpace& space, std::span<const SearchSample> samples, std::size_t centre,
           double reach);

  double log_seconds(std::size_t candidate) const { return predict(seconds_, candidate); }
  double log_joules(std::size_t candidate) const { return predict(joules_, candidate); }

 private:
  double predict(const Eigen::VectorXd& line, std::size_t candidate) const;

  const SearchSpace* space_;
  std::size_t centre_;
  Eigen::VectorXd seconds_;  // at the centre, then a slope per knob
  Eigen::VectorXd joules_;
};

}  // namespace flyball
