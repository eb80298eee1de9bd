#include "env/sim/co_tenant.h"

namespace flyball {

SharedSlowness shared_slowness(const FineTuning& tuning, const BatchWork& inference,
                               const BatchWork& minibatch) {
  const double refill = 1.0 + tuning.refill * inference.accelerator.emc * minibatch.accelerator.emc;
  return {refill / tuning.inference_share, refill / (1.0 - tuning.inference_share)};
}

void CoTenant::start(double now_seconds, const BatchWork& work, double factor) {
  work_ = work;
  factor_ = factor;
  phase_ = work_.host_seconds > 0.0 ? Phase::kHost : Phase::kAccelerator;
  clock_.start(now_seconds, phase_seconds());
}

void CoTenant::change_work(double now_seconds, const BatchWork& work) {
  work_ = work;
  clock_.change_speed(now_seconds, phase_seconds());
}

void CoTenant::change_slowness(double now_seconds, double slowness) {
  slowness_ = slowness;
  if (wants_accelerator()) clock_.change_speed(now_seconds, phase_seconds());
}

bool CoTenant::end_phase(double now_seconds) {
  if (phase_ == Phase::kHost) {
    phase_ = Phase::kAccelerator;
    clock_.start(now_seconds, phase_seconds());
    return false;
  }
  phase_ = Phase::kIdle;
  return true;
}

double CoTenant::phase_seconds() const {
  if (phase_ == Phase::kHost) return factor_ * work_.host_seconds;
  return factor_ * slowness_ * work_.accelerator_seconds;
}

}  // namespace flyball
