#include "env/sim/request_queue.h"

#include <algorithm>
#include <limits>

namespace flyball {

void RequestQueue::arrive(double now_seconds, std::size_t requests,
                          std::optional<double> limit_seconds) {
  std::uint32_t slot = static_cast<std::uint32_t>(groups_.size());
  if (free_slots_.empty()) {
    groups_.emplace_back();
    free_slots_.reserve(groups_.capacity());
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  groups_[slot] = {now_seconds, limit_seconds, requests, requests, requests};
  unprepared_.push(slot);
  in_system_ += requests;
}

GroupPiece RequestQueue::take_unprepared(std::optional<std::size_t> limit) {
  Group& group = groups_[unprepared_.front()];
  const GroupPiece piece{unprepared_.front(),
                         limit ? std::min(*limit, group.unprepared) : group.unprepared};
  group.unprepared -= piece.requests;
  if (group.unprepared == 0) unprepared_.pop();
  return piece;
}

void RequestQueue::prepared(GroupPiece piece, double ready_seconds) {
  pending_.push_back({ready_seconds, sequence_++, piece});
  std::push_heap(pending_.begin(), pending_.end());
}

double RequestQueue::next_ready_seconds() const {
  return pending_.empty() ? std::numeric_limits<double>::infinity()
                          : pending_.front().ready_seconds;
}

void RequestQueue::make_ready(double now_seconds) {
  while (!pending_.empty() && pending_.front().ready_seconds <= now_seconds) {
    ready_.push(pending_.front().piece);
    waiting_ += pending_.front().piece.requests;
    std::pop_heap(pending_.begin(), pending_.end());
    pending_.pop_back();
  }
}

void RequestQueue::start_batch(std::size_t requests) {
  waiting_ -= requests;
  while (requests > 0) {
    GroupPiece& piece = ready_.front();
    const std::size_t taken = std::min(piece.requests, requests);
    in_service_.push_back({piece.group, taken});
    piece.requests -= taken;
    requests -= taken;
    if (piece.requests == 0) ready_.pop();
  }
}

std::size_t RequestQueue::complete_batch(double now_seconds, SimTruth& truth) {
  std::size_t done = 0;
  std::size_t left = 0;
  for (const GroupPiece piece : in_service_) {
    Group& group = groups_[piece.group];
    done += piece.requests;
    group.left -= piece.requests;
    const bool each = completion_ == Completion::kEachRequest;
    const std::size_t leaving = each ? piece.requests : group.left == 0 ? group.size : 0;
    leave(now_seconds, group, leaving, truth);
    left += leaving;
    if (group.left == 0) free_slots_.push_back(piece.group);
  }
  in_service_.clear();
  in_system_ -= left;
  ++truth.batches;
  if (truth.batch_sizes.size() <= done) truth.batch_sizes.resize(done + 1);
  ++truth.batch_sizes[done];
  return left;
}

void RequestQueue::leave(double now_seconds, const Group& group, std::size_t requests,
                         SimTruth& truth) {
  const double latency = now_seconds - group.arrival_seconds;
  truth.latencies_seconds.insert(truth.latencies_seconds.end(), requests, latency);
  truth.served += requests;
  if (requests == 0) return;
  const bool is_late = group.limit_seconds && latency > *group.limit_seconds;
  truth.late_run = is_late ? truth.late_run + requests : 0;
  truth.longest_late_run = std::max(truth.longest_late_run, truth.late_run);
  if (is_late) truth.missed += requests;
}

void RequestQueue::settle(double now_seconds, SimTruth& truth) {
  truth.in_system_seconds += static_cast<double>(in_system_) * (now_seconds - settled_seconds_);
  settled_seconds_ = now_seconds;
}

std::optional<double> RequestQueue::smallest_limit_seconds() const {
  std::optional<double> smallest;
  for (const Group& group : groups_) {
    if (group.left == 0 || !group.limit_seconds) continue;
    smallest = std::min(smallest.value_or(*group.limit_seconds), *group.limit_seconds);
  }
  return smallest;
}

std::optional<double> RequestQueue::smallest_slack_seconds(double now_seconds) const {
  std::optional<double> smallest;
  for (const Group& group : groups_) {
    if (group.left == 0 || !group.limit_seconds) continue;
    const double slack = group.arrival_seconds + *group.limit_seconds - now_seconds;
    smallest = std::min(smallest.value_or(slack), slack);
  }
  return smallest;
}

}  // namespace flyball
