#include "env/logs/request_timeline.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace flyball {

RequestTimeline::RequestTimeline(std::span<const LoggedRequest> requests, double shift_seconds)
    : requests_(requests.begin(), requests.end()) {
  for (LoggedRequest& request : requests_) {
    request.arrival_seconds += shift_seconds;
    request.completion_seconds += shift_seconds;
    if (request.queue_exit_seconds) *request.queue_exit_seconds += shift_seconds;
  }
  std::stable_sort(requests_.begin(), requests_.end(),
                   [](const LoggedRequest& a, const LoggedRequest& b) {
                     return a.arrival_seconds < b.arrival_seconds;
                   });
  by_completion_.resize(requests_.size());
  std::iota(by_completion_.begin(), by_completion_.end(), std::size_t{0});
  std::stable_sort(by_completion_.begin(), by_completion_.end(), [this](auto a, auto b) {
    return requests_[a].completion_seconds < requests_[b].completion_seconds;
  });
  find_batches();
  if (!requests_.empty()) now_seconds_ = requests_.front().arrival_seconds;
}

void RequestTimeline::find_batches() {
  std::map<double, Batch> batches;
  for (const LoggedRequest& request : requests_) {
    if (!request.queue_exit_seconds || request.timed_out) continue;
    Batch& batch = batches[*request.queue_exit_seconds];
    batch.start_seconds = *request.queue_exit_seconds;
    batch.completion_seconds = std::max(batch.completion_seconds, request.completion_seconds);
    if (batch.size++ == 0) batch.completion_seconds = request.completion_seconds;
  }
  for (const auto& [start, batch] : batches) {
    batches_.push_back(batch);
    batch_completions_.push_back(batch.completion_seconds);
  }
  std::sort(batch_completions_.begin(), batch_completions_.end());
}

void RequestTimeline::arrive(const LoggedRequest& request) {
  ++arrived_;
  if (request.limit_seconds) {
    limits_.insert(*request.limit_seconds);
    due_.insert(request.arrival_seconds + *request.limit_seconds);
  }
}

void RequestTimeline::complete(const LoggedRequest& request) {
  ++completed_;
  if (request.missed()) ++missed_;
  if (!request.timed_out) {
    ++served_;
    latencies_.push_back(request.latency_seconds());
  }
  if (request.limit_seconds) {
    limits_.erase(limits_.find(*request.limit_seconds));
    due_.erase(due_.find(request.arrival_seconds + *request.limit_seconds));
  }
}

void RequestTimeline::advance_to(double time_seconds) {
  while (true) {
    const LoggedRequest* arrival = arrived_ < requests_.size() ? &requests_[arrived_] : nullptr;
    // Only what has arrived can complete, so `completed_` never overtakes `arrived_`.
    const LoggedRequest* completion =
        completed_ < requests_.size() ? &requests_[by_completion_[completed_]] : nullptr;
    const bool arrives_first =
        arrival && (!completion || arrival->arrival_seconds <= completion->completion_seconds);
    const LoggedRequest* next = arrives_first ? arrival : completion;
    if (!next) break;
    const double at = arrives_first ? next->arrival_seconds : next->completion_seconds;
    if (at > time_seconds) break;
    in_system_seconds_ += static_cast<double>(arrived_ - completed_) * (at - now_seconds_);
    now_seconds_ = at;
    arrives_first ? arrive(*next) : complete(*next);
  }
  if (arrived_ > 0) {
    in_system_seconds_ +=
        static_cast<double>(arrived_ - completed_) * (time_seconds - now_seconds_);
    now_seconds_ = time_seconds;
  }
  while (batches_started_ < batches_.size() &&
         batches_[batches_started_].start_seconds <= time_seconds) {
    ++batches_started_;
  }
  while (batches_completed_ < batch_completions_.size() &&
         batch_completions_[batches_completed_] <= time_seconds) {
    ++batches_completed_;
  }
}

void RequestTimeline::sample(ApplicationTelemetry& figures) {
  figures = ApplicationTelemetry{};
  figures.arrived = arrived_;
  figures.served = served_;
  figures.missed = missed_;
  figures.in_system_seconds = in_system_seconds_;
  figures.batches = batches_completed_;
  figures.queue_length = arrived_ - completed_;
  figures.finished = completed_ == requests_.size();
  if (!latencies_.empty()) {
    std::sort(latencies_.begin(), latencies_.end());
    const auto n = static_cast<double>(latencies_.size());
    figures.latency_mean_seconds = std::accumulate(latencies_.begin(), latencies_.end(), 0.0) / n;
    const auto rank = static_cast<std::size_t>(std::ceil(0.95 * n));
    figures.latency_p95_seconds = latencies_[std::max<std::size_t>(rank, 1) - 1];
    figures.latency_max_seconds = latencies_.back();
    latencies_.clear();
  }
  if (!limits_.empty()) {
    figures.deadline_seconds = *limits_.begin();
    figures.slack_seconds = *due_.begin() - now_seconds_;
  }
  if (batches_started_ > 0) {
    figures.batch_effective = static_cast<double>(batches_[batches_started_ - 1].size);
  }
}

SpanCost RequestTimeline::total() const {
  SpanCost cost;
  cost.in_system_seconds = in_system_seconds_;
  cost.served = static_cast<double>(served_);
  cost.missed = static_cast<double>(missed_);
  return cost;
}

}  // namespace flyball
