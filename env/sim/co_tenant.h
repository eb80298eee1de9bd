// A minibatch of fine-tuning that runs beside the batches of inference, in a process of its own:
// first its host part, then its accelerator part. A value. Times are seconds of the simulation.
//
// Two processes share an accelerator in slices of its time: while both want it, inference has a
// share s of it and the minibatch the rest, so their work takes 1/s and 1/(1-s) times as long. Each
// change of slices evicts what the other one had in the caches. How much there is to be fetched
// again goes by how much memory traffic both have: everything takes 1 + refill m_i m_t as long,
// with m the shares of the memory's bandwidth that they use alone. The form is assumed, and so are
// the usual s and refill: no measured latencies beside training were found.
#pragma once

#include "env/model/work_model.h"
#include "env/sim/application_config.h"
#include "env/sim/never.h"
#include "env/sim/progress_clock.h"

namespace flyball {

// How many times as long as alone.
struct SharedSlowness {
  double inference = 1.0;
  double tuning = 1.0;
  friend bool operator==(const SharedSlowness&, const SharedSlowness&) = default;
};

// While both of these want the accelerator.
SharedSlowness shared_slowness(const FineTuning& tuning, const BatchWork& inference,
                               const BatchWork& minibatch);

class CoTenant {
 public:
  bool is_running() const { return phase_ != Phase::kIdle; }
  bool wants_accelerator() const { return phase_ == Phase::kAccelerator; }
  const BatchWork& work() const { return work_; }
  // When the present phase ends; never, if none is under way.
  double next_seconds() const { return is_running() ? clock_.end_seconds() : kNever; }

  // Begins a minibatch: that work, `factor` times as long. Requires: none is running.
  void start(double now_seconds, const BatchWork& work, double factor);
  // Clocks have changed: what remains goes on as that work.
  void change_work(double now_seconds, const BatchWork& work);
  // From now on the accelerator's part takes so many times as long as alone.
  void change_slowness(double now_seconds, double slowness);
  // The present phase is over; true when the minibatch is.
  bool end_phase(double now_seconds);

 private:
  enum class Phase { kIdle, kHost, kAccelerator };
  double phase_seconds() const;

  Phase phase_ = Phase::kIdle;
  BatchWork work_;
  double factor_ = 1.0;
  double slowness_ = 1.0;
  ProgressClock clock_;
};

}  // namespace flyball
