// The application's server: loading, tuning, batches, and what else takes the accelerator.
#include <algorithm>
#include <cmath>

#include "env/sim/application.h"
#include "env/sim/never.h"

namespace flyball {

namespace {

double cycle_seconds(double cycles, double hertz) { return cycles > 0.0 ? cycles / hertz : 0.0; }

double host_seconds(const LoadWork& load, const OperatingPoint& point) {
  return load.factor * cycle_seconds(load.cpu_cycles, point.cpu_hz * point.cpu_share);
}

double accelerator_seconds(const LoadWork& load, const OperatingPoint& point) {
  return load.factor * (cycle_seconds(load.gpu_cycles, point.gpu_hz) +
                        cycle_seconds(load.memory_cycles, point.emc_hz));
}

}  // namespace

void Application::end_service(double now_seconds, const ServicePoints& points, SimTruth& truth) {
  next_[kService] = kNever;
  switch (phase_) {
    case Phase::kLoadingStorage: begin(Phase::kLoadingHost, now_seconds, points); return;
    case Phase::kLoadingHost: begin(Phase::kLoadingAccelerator, now_seconds, points); return;
    case Phase::kTuning: begin_batch(now_seconds, points); return;
    case Phase::kStorage: begin_host(now_seconds, points); return;
    case Phase::kHost: begin(Phase::kAccelerator, now_seconds, points); return;
    case Phase::kFineTuningHost: begin(Phase::kFineTuningAccelerator, now_seconds, points); return;
    case Phase::kFineTuningAccelerator: end_minibatch(now_seconds, truth); break;
    case Phase::kLoadingAccelerator: end_loading(now_seconds); break;
    case Phase::kAccelerator:
      if (begin_sending(now_seconds, points)) return;
      end_batch(now_seconds, truth);
      break;
    case Phase::kSending: end_sending(now_seconds, points); return;
    case Phase::kCloud: end_batch(now_seconds, truth); break;
    case Phase::kIdle:
    case Phase::kOccupied: break;
  }
  phase_ = Phase::kIdle;
  batch_ = 0;
}

void Application::end_loading(double now_seconds) {
  if (closed_loop_ && to_issue_ > 0) next_[kArrival] = now_seconds;
}

void Application::end_batch(double now_seconds, SimTruth& truth) {
  ++batches_since_minibatch_;
  queue_.settle(now_seconds, truth);
  const std::size_t left = queue_.complete_batch(now_seconds, truth);
  if (closed_loop_ && to_issue_ > 0 && left > 0) {
    arrive(now_seconds, std::min<std::size_t>(left, to_issue_), closed_loop_->limit_seconds, truth);
  }
}

void Application::dispatch(double now_seconds, const ServicePoints& points, SimTruth& truth) {
  if (phase_ != Phase::kIdle) return;
  if (begin_occupation(now_seconds, points)) return;
  if (queue_.waiting() == 0) return;
  if (is_minibatch_turn() && begin_fine_tuning(now_seconds, points)) return;
  follow_mix(now_seconds);
  batch_ = batching_ == Batching::kByPiece ? queue_.first_piece() : queue_.waiting();
  if (ceiling_) batch_ = std::min(batch_, static_cast<std::size_t>(*ceiling_));
  if (const auto left = left_of_phase()) {
    batch_ = static_cast<std::size_t>(std::min<std::uint64_t>(batch_, *left));
  }
  if (offload_) {
    batch_share_ = share_;
    const double deviation = offload_->work.top_share_deviation;
    const double drawn = std::normal_distribution<double>(0.0, 1.0)(offload_random_);
    top_share_ = std::clamp(offload_->work.top_share + deviation * drawn, 0.0, 1.0);
  }
  mix_requests_ += batch_;
  last_batch_ = batch_;
  queue_.start_batch(batch_);
  if (begin_first_use(now_seconds, points, truth)) return;
  begin_batch(now_seconds, points);
}

// Sends the batch's share to the cloud, if any.
bool Application::begin_sending(double now_seconds, const ServicePoints& points) {
  if (!offload_ || batch_share_ <= 0.0) return false;
  sending_since_seconds_ = now_seconds;
  begin(Phase::kSending, now_seconds, points);
  return true;
}

// Now the bandwidth is known, and the cloud has the batch.
void Application::end_sending(double now_seconds, const ServicePoints& points) {
  const double seconds = now_seconds - sending_since_seconds_;
  if (seconds > 0.0) {
    bandwidth_since_seconds_ = now_seconds;
    bandwidth_bits_per_second_ = 8.0 * sent_bytes(offload_->work, batch_share_, batch_) / seconds;
  }
  begin(Phase::kCloud, now_seconds, points);
}

bool Application::begin_occupation(double now_seconds, const ServicePoints& points) {
  if (next_occupation_ == occupations_.size() ||
      occupations_[next_occupation_].time_seconds > now_seconds) {
    return false;
  }
  ++next_occupation_;
  begin(Phase::kOccupied, now_seconds, points);
  if (next_occupation_ < occupations_.size()) {
    next_[kOccupation] = occupations_[next_occupation_].time_seconds;
  }
  return true;
}

bool Application::is_minibatch_turn() const {
  return fine_tuning_ && fine_tuning_->inference_batches_between &&
         batches_since_minibatch_ >= *fine_tuning_->inference_batches_between;
}

bool Application::may_begin_minibatch(FineTuningRule way) const {
  return minibatches_left_ > 0 && fine_tuning_rule_ == way && !co_tenant_.is_running() &&
         phase_ != Phase::kFineTuningHost && phase_ != Phase::kFineTuningAccelerator;
}

void Application::begin_minibatch(double now_seconds) {
  batches_since_minibatch_ = 0;
  minibatch_since_seconds_ = now_seconds;
}

void Application::end_minibatch(double now_seconds, SimTruth& truth) {
  --minibatches_left_;
  ++truth.minibatches;
  minibatch_seconds_ = now_seconds - minibatch_since_seconds_;
}

bool Application::begin_fine_tuning(double now_seconds, const ServicePoints& points) {
  if (!may_begin_minibatch(FineTuningRule::kBetween)) return false;
  begin_minibatch(now_seconds);
  work_ = fine_tuning_->work->batch_work(fine_tuning_->minibatch, points.server);
  service_factor_ = fine_tuning_->work_factor;
  const bool has_host = work_.host_seconds > 0.0;
  begin(has_host ? Phase::kFineTuningHost : Phase::kFineTuningAccelerator, now_seconds, points);
  return true;
}

void Application::begin_co_tenant(double now_seconds, const ServicePoints& points) {
  if (!may_begin_minibatch(FineTuningRule::kBeside)) return;
  begin_minibatch(now_seconds);
  co_tenant_.start(now_seconds,
                   fine_tuning_->work->batch_work(fine_tuning_->minibatch, points.preparing),
                   fine_tuning_->work_factor);
}

bool Application::is_batch_on_accelerator() const { return phase_ == Phase::kAccelerator; }

// Both go on at another speed from the moment at which one of them comes to the accelerator, or
// goes.
void Application::share_accelerator(double now_seconds, const ServicePoints& points) {
  SharedSlowness slowness;
  if (is_batch_on_accelerator() && co_tenant_.wants_accelerator()) {
    slowness = shared_slowness(*fine_tuning_, work_, co_tenant_.work());
  }
  if (slowness != slowness_) {
    slowness_ = slowness;
    co_tenant_.change_slowness(now_seconds, slowness_.tuning);
    if (is_batch_on_accelerator()) {
      service_.change_speed(now_seconds, phase_seconds(points));
      next_[kService] = std::max(now_seconds, service_.end_seconds());
    }
  }
  next_[kCoTenant] = std::max(now_seconds, co_tenant_.next_seconds());
}

void Application::set_fine_tuning(double now_seconds, std::optional<FineTuningRule> rule) {
  if (!fine_tuning_) return;
  fine_tuning_rule_ = rule.value_or(fine_tuning_->rule);
  if (fine_tuning_rule_ != FineTuningRule::kForbidden && minibatches_left_ > 0) {
    next_[kFineTune] = now_seconds;
  }
}

void Application::take_jobs(double now_seconds) {
  while (jobs_to_come_ > 0 && next_job_seconds_ <= now_seconds) {
    --jobs_to_come_;
    minibatches_left_ += fine_tuning_->minibatches;
    next_job_seconds_ += fine_tuning_->job_interval_seconds;
  }
  next_[kFineTune] = kNever;
  if (jobs_to_come_ > 0) next_[kFineTune] = next_job_seconds_;
}

bool Application::is_phase_over(const WorkPhase& phase, double now_seconds) const {
  if (phase.requests && mix_requests_ >= *phase.requests) return true;
  return phase.seconds && now_seconds >= mix_since_seconds_ + *phase.seconds;
}

// Requests that the mix's phase still takes into service; absent: no limit.
std::optional<std::uint64_t> Application::left_of_phase() const {
  if (mix_.phases.empty()) return std::nullopt;
  const std::optional<std::uint64_t>& requests = mix_.phases[mix_phase_].requests;
  if (!requests || mix_requests_ >= *requests) return std::nullopt;  // over: the last one stays
  return *requests - mix_requests_;
}

// The phase of the mix that the next batch is of. A phase that ends by time ends then, however late
// the server looks; one that ends by requests ends with the batch boundary.
void Application::follow_mix(double now_seconds) {
  if (mix_.phases.empty()) return;
  while (is_phase_over(mix_.phases[mix_phase_], now_seconds)) {
    const bool is_last = mix_phase_ + 1 == mix_.phases.size();
    if (is_last && mix_.end == WorkMix::End::kStay) break;
    const WorkPhase& phase = mix_.phases[mix_phase_];
    const bool by_requests = phase.requests && mix_requests_ >= *phase.requests;
    mix_since_seconds_ = by_requests ? now_seconds : mix_since_seconds_ + *phase.seconds;
    mix_requests_ = 0;
    mix_phase_ = is_last ? 0 : mix_phase_ + 1;
  }
  model_ = mix_.phases[mix_phase_].work;
}

// Tunes the server for the batch that was taken, unless its size is known already.
bool Application::begin_first_use(double now_seconds, const ServicePoints& points,
                                  SimTruth& truth) {
  if (!first_use_) return false;
  const std::size_t bucket = first_use_->bucket(batch_);
  const auto& known = first_use_->known;
  if (std::any_of(known.begin(), known.end(),
                  [&](std::size_t size) { return first_use_->bucket(size) == bucket; })) {
    return false;
  }
  const std::pair<const WorkModel*, std::size_t> key(model_.get(), bucket);
  if (std::find(known_buckets_.begin(), known_buckets_.end(), key) != known_buckets_.end()) {
    return false;
  }
  known_buckets_.push_back(key);
  ++truth.first_uses;
  begin(Phase::kTuning, now_seconds, points);
  return true;
}

// Who works through a data set reads ahead; what a camera or a client sends comes one by one.
bool Application::reads_ahead() const { return closed_loop_ && work_.storage_block > 1; }

// What the batch costs at these clocks. Where storage delivers blocks of several requests, waiting
// for it is not part of the host's work: it is waited for block by block.
void Application::price_batch(const ServicePoints& points) {
  work_ = model_->batch_work(batch_, points.server);
  if (offload_) {
    const double factor = edge_factor(offload_->work, batch_share_);
    work_.host_seconds *= factor;
    work_.accelerator_seconds *= factor;
  }
  if (!reads_ahead() || work_.storage_seconds <= 0.0) return;
  const double busy = work_.host.cpu * work_.host_seconds;
  work_.host_seconds = std::max(0.0, work_.host_seconds - work_.storage_seconds);
  work_.host.cpu = work_.host_seconds > 0.0 ? std::min(1.0, busy / work_.host_seconds) : 1.0;
  work_.host.iowait = 0.0;
}

void Application::begin_batch(double now_seconds, const ServicePoints& points) {
  price_batch(points);
  service_factor_ = 1.0;
  if (service_noise_ > 0.0) {
    service_factor_ = std::exp(std::normal_distribution<double>(0.0, service_noise_)(random_));
  }
  if (reads_ahead()) {
    storage_due_seconds_ += service_factor_ * work_.storage_seconds;
    requests_since_block_ += batch_;
    if (requests_since_block_ >= work_.storage_block && storage_due_seconds_ > 0.0) {
      requests_since_block_ = 0;
      begin(Phase::kStorage, now_seconds, points);
      storage_due_seconds_ = 0.0;
      return;
    }
  }
  begin_host(now_seconds, points);
}

void Application::begin_host(double now_seconds, const ServicePoints& points) {
  price_batch(points);  // the clocks may have changed while storage was waited for
  begin(work_.host_seconds > 0.0 ? Phase::kHost : Phase::kAccelerator, now_seconds, points);
}

void Application::begin(Phase phase, double now_seconds, const ServicePoints& points) {
  phase_ = phase;
  service_.start(now_seconds, phase_seconds(points));
  next_[kService] = service_.end_seconds();
}

// How long the whole of the present phase takes at these clocks.
double Application::phase_seconds(const ServicePoints& points) const {
  switch (phase_) {
    case Phase::kIdle: break;
    case Phase::kLoadingStorage: return load_->factor * load_->storage_seconds;
    case Phase::kLoadingHost: return host_seconds(*load_, points.server);
    case Phase::kLoadingAccelerator: return accelerator_seconds(*load_, points.server);
    case Phase::kTuning:
      return first_use_->seconds +
             first_use_->seconds_per_request * static_cast<double>(first_use_->bucket(batch_));
    case Phase::kStorage: return storage_due_seconds_;
    case Phase::kHost:
    case Phase::kFineTuningHost: return service_factor_ * work_.host_seconds;
    case Phase::kAccelerator:
      return service_factor_ * slowness_.inference * work_.accelerator_seconds;
    case Phase::kFineTuningAccelerator: return service_factor_ * work_.accelerator_seconds;
    case Phase::kSending: {
      const double bytes = sent_bytes(offload_->work, batch_share_, batch_);
      return link_->end_seconds(sending_since_seconds_, bytes) - sending_since_seconds_;
    }
    case Phase::kCloud: return answer_seconds(offload_->work, batch_share_, batch_);
    case Phase::kOccupied: return occupations_[next_occupation_ - 1].seconds;
  }
  return 0.0;
}

void Application::change_speed(double now_seconds, ServicePoints points) {
  share_cpus(points);
  const bool serves = phase_ == Phase::kHost || phase_ == Phase::kAccelerator;
  const bool tunes = phase_ == Phase::kFineTuningHost || phase_ == Phase::kFineTuningAccelerator;
  if (serves) price_batch(points);
  if (tunes) work_ = fine_tuning_->work->batch_work(fine_tuning_->minibatch, points.server);
  if (serves || tunes || phase_ == Phase::kLoadingHost || phase_ == Phase::kLoadingAccelerator) {
    service_.change_speed(now_seconds, phase_seconds(points));
    next_[kService] = std::max(now_seconds, service_.end_seconds());
  }
  if (co_tenant_.is_running()) {
    co_tenant_.change_work(
        now_seconds, fine_tuning_->work->batch_work(fine_tuning_->minibatch, points.preparing));
  }
  share_accelerator(now_seconds, points);
  if (preparing_) {
    preparation_ =
        preparing_model_->preparation(queue_.group_size(piece_), piece_.requests, points.preparing);
    preparing_clock_.change_speed(now_seconds, preparation_.serial_seconds);
    next_[kPrepare] = std::max(now_seconds, preparing_clock_.end_seconds());
  }
}

ApplicationLoad Application::load() const {
  ApplicationLoad load;
  load.preparing = preparing_;
  load.preparing_cpu = preparing_ ? preparation_.cpu : 0.0;
  load.batch = batch_;
  load.model = model_.get();
  switch (phase_) {
    case Phase::kIdle: break;
    case Phase::kLoadingStorage:
      load.work = WorkKind::kLoading;
      load.server = {load_->storage_cpu, 0.0, 0.0, 1.0 - load_->storage_cpu};
      load.module_watts = load_->watts;
      break;
    case Phase::kLoadingHost:
    case Phase::kLoadingAccelerator:
      load.work = WorkKind::kLoading;
      load.accelerator_busy = phase_ == Phase::kLoadingAccelerator;
      load.server = load.accelerator_busy ? load_->accelerator : load_->host;
      load.module_watts = load_->watts;
      break;
    case Phase::kTuning:
      load.work = WorkKind::kFirstUse;
      load.accelerator_busy = true;
      load.server = first_use_->activity;
      load.module_watts = first_use_->watts;
      break;
    case Phase::kFineTuningHost:
    case Phase::kFineTuningAccelerator:
      load.work = WorkKind::kFineTuning;
      load.accelerator_busy = phase_ == Phase::kFineTuningAccelerator;
      load.server = load.accelerator_busy ? work_.accelerator : work_.host;
      load.batch = fine_tuning_->minibatch;
      load.model = fine_tuning_->work.get();
      break;
    case Phase::kStorage: load.server = {0.0, 0.0, 0.0, 1.0}; break;
    case Phase::kHost: load.server = work_.host; break;
    case Phase::kAccelerator:
      load.accelerator_busy = true;
      load.server = work_.accelerator;
      break;
    case Phase::kSending: load.radio_watts = offload_->work.radio_watts; break;
    case Phase::kCloud: break;
    case Phase::kOccupied:
      load.work = WorkKind::kOccupied;
      load.accelerator_busy = true;
      load.server.gpu = 1.0;
      load.module_watts = occupations_[next_occupation_ - 1].watts;
      break;
  }
  if (co_tenant_.is_running()) add_co_tenant(load);
  return load;
}

// What runs beside the server: its thread on the preparing thread's CPU, and its share of the
// accelerator. Where both are at work, time and energy count as the server's.
void Application::add_co_tenant(ApplicationLoad& load) const {
  const BatchWork& work = co_tenant_.work();
  const bool is_on_accelerator = co_tenant_.wants_accelerator();
  load.preparing_cpu += is_on_accelerator ? work.accelerator.cpu : work.host.cpu;
  if (phase_ == Phase::kIdle) {
    load.work = WorkKind::kFineTuning;
    load.batch = fine_tuning_->minibatch;
    load.model = fine_tuning_->work.get();
  }
  if (!is_on_accelerator) return;
  if (is_batch_on_accelerator()) {
    const double share = fine_tuning_->inference_share;
    load.server.gpu = share * load.server.gpu + (1.0 - share) * work.accelerator.gpu;
    load.server.emc = share * load.server.emc + (1.0 - share) * work.accelerator.emc;
  } else if (!load.accelerator_busy) {
    load.server.gpu = work.accelerator.gpu;
    load.server.emc = work.accelerator.emc;
  }
  load.accelerator_busy = true;
}

}  // namespace flyball
