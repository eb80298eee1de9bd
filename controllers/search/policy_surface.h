// What a policy of a saturated job believes of every setting, as a surface: a search on a workload
// that the policy has never seen begins with it (SearchProblem::prior). Only its shape counts, not
// its level. Pure functions.
#pragma once

#include <stdexcept>
#include <string>

#include "controllers/search/search_space.h"
#include "controllers/search/surface_prior.h"
#include "policies/policy_file.h"

namespace flyball {

// Of a policy that says nothing of latency and energy over the space: names the reason.
class PolicySurfaceError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Predicted latency and energy per request at every candidate of the space, by the networks, for an
// observation of zeros. Between the policy's levels logarithms are interpolated, beyond its table
// the nearest end counts; a setting that its logs do not support is taken to be as the nearest one
// that they do. On a board of another model (`board` is not the policy's) levels are taken relative
// to the table's highest. A clock that the policy does not turn has the effect that the board's
// physics says (generic_prior); one that the space does not have is at its highest. `name`: of the
// surface. Throws PolicySurfaceError where
//   the policy does not predict energy and latency per request, or looks ahead,
//   it caps instead of pinning, or knows fewer than two settings,
//   it has no knob of the space, or turns a batch that the space does not,
//   a prediction is not above 0.
WorkloadSurface policy_surface(const std::string& name, const PolicyFile& policy,
                               const SearchSpace& space, const std::string& board);

}  // namespace flyball
