// n-step returns: several decisions in a row as one transition, so that costs reach back further in
// a step of learning. Not thread-safe.
//
// From the transitions of one run, in order, transition i becomes
//   after_i + sum over j = i+1 .. i+n-1 of gamma^((t_j - t_i) / H) (before_j + after_j)
// with the observation at the end of the last one: the backup's y then is the n-step return, its
// discount gamma^(elapsed / H) with the measured time (a semi-Markov process). An end of the
// run, terminated or truncated, makes the returns before it shorter; they never reach across.
// What happened between is the behaviour's, not the learned policy's: with n > 1 values are biased
// towards the behaviour.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>

#include "env/state_visitor.h"
#include "replay/transition.h"

namespace flyball {

struct NStepConfig {
  std::size_t steps = 1;        // n
  double gamma = 0.0;           // discount per decision period
  double period_seconds = 1.0;  // H
  // The blocking backup: as if the plant had waited while we thought, so the time until the effect
  // and what it cost are left out.
  bool skip_thinking = false;
};

// Throws std::invalid_argument naming the key at fault.
void validate(const NStepConfig& config);

class NStep {
 public:
  using Sink = std::function<void(const Transition&)>;

  // `sink` is given what is complete, in order. Throws std::invalid_argument.
  NStep(const NStepConfig& config, Sink sink);

  // The next transition of the run; the one after a terminated or truncated one begins a new run.
  void add(const Transition& transition);
  // The run was cut here: hands on the rest, with shorter returns.
  void flush();
  // The transitions that wait for the next ones.
  void visit_state(StateVisitor& visitor, const std::string& name);

 private:
  Transition joined() const;

  NStepConfig config_;
  Sink sink_;
  std::deque<Transition> open_;
};

}  // namespace flyball
