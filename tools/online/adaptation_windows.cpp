#include "tools/online/adaptation_windows.h"

namespace flyball {

namespace {

constexpr double kSlackSeconds = 1e-6;

}  // namespace

AdaptationWindow pooled_from(const std::vector<AdaptationWindow>& windows, double begin_seconds) {
  AdaptationWindow sum;
  sum.begin_seconds = begin_seconds;
  for (const AdaptationWindow& window : windows) {
    if (window.begin_seconds < begin_seconds - kSlackSeconds) continue;
    sum.end_seconds = window.end_seconds;
    sum.energy_joules += window.energy_joules;
    sum.served += window.served;
    sum.in_system_seconds += window.in_system_seconds;
    sum.decisions.policy += window.decisions.policy;
    sum.decisions.random += window.decisions.random;
    sum.decisions.residents += window.decisions.residents;
  }
  return sum;
}

void WindowRecorder::tick(double now_seconds) {
  if (now_seconds >= total_.end_seconds + window_seconds_ - kSlackSeconds) finish(now_seconds);
}

void WindowRecorder::finish(double now_seconds) {
  if (now_seconds <= total_.end_seconds + kSlackSeconds) return;
  const SimTruth& truth = plant_.truth();
  AdaptationWindow now;
  now.begin_seconds = total_.end_seconds;
  now.end_seconds = now_seconds;
  now.energy_joules = truth.energy_joules;
  now.served = static_cast<double>(truth.served);
  now.in_system_seconds = truth.in_system_seconds;
  now.decisions = adaptation_.decisions();
  AdaptationWindow window = now;
  window.energy_joules -= total_.energy_joules;
  window.served -= total_.served;
  window.in_system_seconds -= total_.in_system_seconds;
  window.decisions.policy -= total_.decisions.policy;
  window.decisions.random -= total_.decisions.random;
  window.decisions.residents -= total_.decisions.residents;
  windows_.push_back(window);
  total_ = now;
}

}  // namespace flyball
