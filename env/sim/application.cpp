#include "env/sim/application.h"

#include <algorithm>
#include <cmath>

#include "env/sim/never.h"

namespace flyball {

Application::Application(const SimConfig& config)
    : model_(config.mix.phases.empty() ? config.work : config.mix.phases.front().work),
      mix_(config.mix),
      fine_tuning_(config.fine_tuning),
      processes_(config.processes),
      occupations_(config.occupations),
      load_(config.load),
      first_use_(config.first_use),
      default_ceiling_(config.default_batch),
      batching_(config.batching),
      service_noise_(config.service_noise),
      random_(config.seed + 1),
      queue_(config.completion),
      offload_(config.offload),
      offload_random_(config.seed + 64) {
  if (offload_) {
    share_ = offload_->default_share;
    link_ = make_trace(offload_->bandwidth, config.seed + 65);
  }
  if (!default_ceiling_ && !config.batch_levels.empty()) {
    default_ceiling_ = config.batch_levels.back();
  }
  ceiling_ = default_ceiling_;
  next_.fill(kNever);
  if (const auto* loop = std::get_if<ClosedLoop>(&config.arrivals)) {
    closed_loop_ = *loop;
    to_issue_ = loop->requests;
    if (to_issue_ > 0 && !load_) next_[kArrival] = 0.0;  // whoever waits for a model, asks then
  } else {
    arrivals_ = std::get<std::vector<Arrival>>(config.arrivals);
    if (!arrivals_.empty()) next_[kArrival] = arrivals_.front().time_seconds;
  }
  if (load_) next_[kStart] = 0.0;
  if (fine_tuning_) {
    fine_tuning_rule_ = fine_tuning_->rule;
    jobs_to_come_ = fine_tuning_->jobs;
    next_job_seconds_ = fine_tuning_->from_seconds;
    next_[kFineTune] = next_job_seconds_;
  }
  next_[kProcess] = processes_.next_seconds();
  if (!occupations_.empty()) next_[kOccupation] = occupations_.front().time_seconds;
}

double Application::next_seconds() const { return *std::min_element(next_.begin(), next_.end()); }

void Application::run(double now_seconds, ServicePoints points, SimTruth& truth) {
  share_cpus(points);
  for (;;) {
    bool handled = false;
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      if (next_[slot] > now_seconds) continue;
      handle(static_cast<Slot>(slot), now_seconds, points, truth);
      handled = true;
    }
    if (!handled) break;
    start_preparing(now_seconds, points);
    dispatch(now_seconds, points, truth);
  }
  // Only now is it sure that no request waits.
  if (phase_ == Phase::kIdle) begin_fine_tuning(now_seconds, points);
  begin_co_tenant(now_seconds, points);
  share_accelerator(now_seconds, points);
}

// What the other processes leave of the CPUs.
void Application::share_cpus(ServicePoints& points) const {
  if (!processes_.is_any_running()) return;
  points.server.cpu_share = processes_.left(points.server_cpu);
  points.preparing.cpu_share = processes_.left(points.preparing_cpu);
}

void Application::handle(Slot slot, double now_seconds, ServicePoints& points, SimTruth& truth) {
  switch (slot) {
    case kProcess:
      processes_.run(now_seconds);
      next_[kProcess] = processes_.next_seconds();
      points.server.cpu_share = 1.0;
      points.preparing.cpu_share = 1.0;
      change_speed(now_seconds, points);
      share_cpus(points);
      break;
    case kStart:
      next_[kStart] = kNever;
      begin(Phase::kLoadingStorage, now_seconds, points);
      break;
    case kService: end_service(now_seconds, points, truth); break;
    case kPrepare:
      queue_.prepared(piece_, now_seconds + preparation_.overlapped_seconds);
      preparing_ = false;
      next_[kPrepare] = kNever;
      next_[kReady] = queue_.next_ready_seconds();
      start_preparing(now_seconds, points);
      break;
    case kReady:
      queue_.make_ready(now_seconds);
      next_[kReady] = queue_.next_ready_seconds();
      break;
    case kArrival: take_arrival(now_seconds, truth); break;
    case kOccupation:
      next_[kOccupation] = kNever;
      break;                                        // dispatch() looks when the server is idle
    case kFineTune: take_jobs(now_seconds); break;  // likewise
    case kCoTenant:
      if (co_tenant_.end_phase(now_seconds)) end_minibatch(now_seconds, truth);
      next_[kCoTenant] = co_tenant_.next_seconds();
      break;
    case kSlots: break;
  }
}

void Application::arrive(double now_seconds, std::size_t requests,
                         std::optional<double> limit_seconds, SimTruth& truth) {
  queue_.settle(now_seconds, truth);
  queue_.arrive(now_seconds, requests, limit_seconds);
  truth.arrived += requests;
  if (closed_loop_) to_issue_ -= requests;
}

void Application::take_arrival(double now_seconds, SimTruth& truth) {
  if (closed_loop_) {
    next_[kArrival] = kNever;  // from now on what is served is replaced
    arrive(now_seconds, std::min<std::size_t>(closed_loop_->batch, to_issue_),
           closed_loop_->limit_seconds, truth);
    return;
  }
  const Arrival& arrival = arrivals_[next_arrival_++];
  arrive(now_seconds, arrival.requests, arrival.limit_seconds, truth);
  next_[kArrival] =
      next_arrival_ < arrivals_.size() ? arrivals_[next_arrival_].time_seconds : kNever;
}

void Application::start_preparing(double now_seconds, const ServicePoints& points) {
  if (preparing_ || !queue_.has_unprepared()) return;
  piece_ = queue_.take_unprepared(model_->piece_limit());
  preparing_model_ = model_;
  preparation_ = model_->preparation(queue_.group_size(piece_), piece_.requests, points.preparing);
  preparing_ = true;
  preparing_clock_.start(now_seconds, preparation_.serial_seconds);
  next_[kPrepare] = preparing_clock_.end_seconds();
}

bool Application::is_finished() const {
  return queue_.in_system() == 0 && to_issue_ == 0 && next_arrival_ == arrivals_.size() &&
         minibatches_left_ == 0 && jobs_to_come_ == 0;
}

void Application::set_batch_ceiling(std::optional<double> requests) {
  ceiling_ = requests ? requests : default_ceiling_;
}

void Application::set_offload_share(std::optional<double> share) {
  if (offload_) share_ = share.value_or(offload_->default_share);
}

void Application::fill(double now_seconds, const SimTruth& truth, ApplicationTelemetry& telemetry) {
  telemetry.arrived = truth.arrived;
  telemetry.served = truth.served;
  telemetry.missed = truth.missed;
  telemetry.in_system_seconds = truth.in_system_seconds;
  telemetry.batches = truth.batches;
  telemetry.queue_length = queue_.in_system();
  telemetry.deadline_seconds = queue_.smallest_limit_seconds();
  telemetry.slack_seconds = queue_.smallest_slack_seconds(now_seconds);
  telemetry.batch_recommended = ceiling_;
  telemetry.batch_effective.reset();
  if (last_batch_) telemetry.batch_effective = static_cast<double>(*last_batch_);
  if (offload_) fill_offload(now_seconds, telemetry);
  if (fine_tuning_) fill_fine_tuning(truth, telemetry);
  telemetry.finished = is_finished();
  fill_latencies(truth, telemetry);
}

void Application::fill_offload(double now_seconds, ApplicationTelemetry& telemetry) {
  const std::optional<double>& probe = offload_->probe_seconds;
  if (probe && now_seconds >= bandwidth_since_seconds_ + *probe) {
    bandwidth_since_seconds_ = now_seconds;
    bandwidth_bits_per_second_ = link_->bits_per_second(now_seconds);
  }
  telemetry.offload_recommended = share_;
  telemetry.offload_effective.reset();
  if (last_batch_) telemetry.offload_effective = batch_share_;
  telemetry.bandwidth_bits_per_second = bandwidth_bits_per_second_;
  telemetry.top_share = top_share_;
  telemetry.lambda = offload_->work.lambda;
}

void Application::fill_fine_tuning(const SimTruth& truth, ApplicationTelemetry& telemetry) const {
  telemetry.fine_tuning_recommended = static_cast<double>(fine_tuning_rule_);
  telemetry.minibatches = static_cast<double>(truth.minibatches);
  telemetry.minibatches_waiting = static_cast<double>(minibatches_left_);
  telemetry.minibatch_seconds = minibatch_seconds_;
}

void Application::fill_latencies(const SimTruth& truth, ApplicationTelemetry& telemetry) {
  const auto first = truth.latencies_seconds.begin() + static_cast<std::ptrdiff_t>(told_latencies_);
  scratch_.assign(first, truth.latencies_seconds.end());
  told_latencies_ = truth.latencies_seconds.size();
  telemetry.latency_mean_seconds.reset();
  telemetry.latency_p95_seconds.reset();
  telemetry.latency_max_seconds.reset();
  if (scratch_.empty()) return;
  double sum = 0.0;
  for (const double latency : scratch_) sum += latency;
  telemetry.latency_mean_seconds = sum / static_cast<double>(scratch_.size());
  telemetry.latency_max_seconds = *std::max_element(scratch_.begin(), scratch_.end());
  const auto p95 = scratch_.begin() + std::ssize(scratch_) * 95 / 100;
  std::nth_element(scratch_.begin(), p95, scratch_.end());
  telemetry.latency_p95_seconds = *p95;
}

}  // namespace flyball
