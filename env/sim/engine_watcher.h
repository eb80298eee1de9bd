// Somebody who looks on while a simulation runs: a trace, a report's time lines. Called by the
// engine's thread; what is seen is the truth, so no governor is ever one.
#pragma once

#include <cstddef>
#include <span>

#include "env/sim/clocked_domain.h"
#include "env/sim/sim_truth.h"

namespace flyball {

// What holds from `seconds` on until the next moment; only the temperature moves in between.
struct EngineMoment {
  double seconds = 0.0;  // simulated, since the start
  double watts = 0.0;    // of the module
  double celsius = 0.0;  // of the junction, now
  WorkKind work = WorkKind::kServing;
  std::size_t batch = 0;                   // requests that the server is at; 0: it is idle
  std::span<const ClockedDomain> domains;  // in the order of the plant's description
  const SimTruth& truth;                   // up to now
};

class EngineWatcher {
 public:
  virtual ~EngineWatcher() = default;
  // Several moments may be of the same time: the last one counts. What `moment` refers to is gone
  // when this returns. Must not throw.
  virtual void see(const EngineMoment& moment) = 0;
};

}  // namespace flyball
