#include "tools/offload/edge_part.h"

#include <algorithm>
#include <cmath>
#include <thread>
#include <utility>
#include <variant>

namespace flyball {

namespace {

using Clock = EdgePart::Clock;

// The first of these may have made the connection; the others show the round trip.
constexpr std::size_t kProbes = 4;
constexpr double kProbeSeconds = 1.0;
constexpr std::size_t kProbeBytes = 32;  // of its message, about
constexpr auto kLeastToWait = std::chrono::microseconds(500);
constexpr auto kPoll = std::chrono::microseconds(500);

double seconds_between(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

// Adds the time of its life to a stage.
class Stage {
 public:
  explicit Stage(double& seconds) : seconds_(seconds), begin_(Clock::now()) {}
  ~Stage() { seconds_ += seconds_between(begin_, Clock::now()); }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

 private:
  double& seconds_;
  Clock::time_point begin_;
};

AnswerSource source_of(RemoteFault fault) {
  switch (fault) {
    case RemoteFault::kLate: return AnswerSource::kLate;
    case RemoteFault::kUnavailable: return AnswerSource::kUnavailable;
    case RemoteFault::kRefused: break;
  }
  return AnswerSource::kRefused;
}

std::size_t largest(std::span<const float> logits) {
  return static_cast<std::size_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

}  // namespace

EdgePart::EdgePart(const SplitRuntime& runtime, InferenceClient* client,
                   const RemoteHealth::Rests& rests)
    : runtime_(runtime), client_(client), health_(rests), begin_(Clock::now()) {}

double EdgePart::now_seconds() const { return seconds_between(begin_, Clock::now()); }

void EdgePart::take_probe() {
  const std::optional<InferenceClient::Probe> probe = client_->probed();
  if (!probe) return;
  if (probe->failure) {
    found_ = 0;
    last_failure_ = probe->failure->reason;
    health_.failed(now_seconds());
    return;
  }
  if (found_ == 0) bandwidth_.forget_short();
  if (found_ > 0) bandwidth_.add_short(kProbeBytes, probe->seconds);
  if (++found_ == kProbes) health_.found();
}

bool EdgePart::may_send() {
  if (client_ == nullptr) return false;
  take_probe();
  const RemoteAdvice advice = health_.advice(now_seconds());
  if (advice == RemoteAdvice::kProbe) {
    client_->probe(Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                      std::chrono::duration<double>(kProbeSeconds)));
  }
  return advice == RemoteAdvice::kAsk;
}

void EdgePart::wait_for_remote(double seconds) {
  if (client_ == nullptr) return;
  while (!may_send() && now_seconds() < seconds) std::this_thread::sleep_for(kPoll);
}

std::vector<float> EdgePart::all_local(const FeatureMap& map, EdgeAnswer& answer) const {
  const Stage stage(answer.edge.local);
  return runtime_.local_scores(map, others({}, map.channels));
}

std::vector<float> EdgePart::remote_or_local(const FeatureMap& map,
                                             std::span<const ChannelNumber> kept,
                                             Clock::time_point until, EdgeAnswer& answer) {
  {
    const Stage stage(answer.edge.sending);
    const SentChannels sent = pack(map, others(kept, map.channels), runtime_.config().bits);
    answer.sent_channels = sent.channels.size();
    client_->send(sent, until);
    answer.sent_bytes = client_->last_sent_bytes();
  }
  std::vector<float> local;
  {
    const Stage stage(answer.edge.local);
    local = runtime_.local_scores(map, kept);
  }
  RemoteResult result = client_->wait();
  if (const auto* failure = std::get_if<RemoteFailure>(&result)) {
    answer.source = source_of(failure->fault);
    last_failure_ = failure->reason;
    found_ = 0;
    health_.failed(now_seconds());
    // All channels know more than those that were to stay, where there is time for them.
    return answer.source == AnswerSource::kLate ? local : all_local(map, answer);
  }
  const auto& remote = std::get<RemoteAnswer>(result);
  health_.answered();
  const Stage stage(answer.edge.fusing);
  answer.source = AnswerSource::kFused;
  answer.remote_seconds = remote.seconds;
  answer.compute_seconds = remote.compute_seconds.value_or(0.0);
  answer.received_bytes = remote.received_bytes;
  bandwidth_.add_long(answer.sent_bytes, remote.seconds - answer.compute_seconds);
  return fuse(local, remote.logits, runtime_.lambda(kept.size()));
}

EdgeAnswer EdgePart::answer(std::span<const std::uint8_t> pixels, double share,
                            Clock::time_point until) {
  EdgeAnswer answer;
  const bool is_ready = may_send();
  FeatureMap map;
  {
    const Stage stage(answer.edge.extractor);
    map = runtime_.extract(pixels);
  }
  std::vector<float> shares;
  {
    const Stage stage(answer.edge.attention);
    runtime_.attend(map);
    shares = channel_shares(map);
  }
  const auto channels = static_cast<double>(map.channels);
  const auto kept = static_cast<std::size_t>(std::lround((1.0 - share) * channels));
  if (kept == map.channels) {
    answer.source = AnswerSource::kLocal;
  } else if (!is_ready) {
    answer.source = client_ == nullptr ? AnswerSource::kLocal : AnswerSource::kResting;
  } else if (until - Clock::now() < kLeastToWait) {
    answer.source = AnswerSource::kNoTime;
  } else {
    const std::vector<ChannelNumber> stay = most_important(shares, kept);
    answer.label = largest(remote_or_local(map, stay, until, answer));
    return answer;
  }
  answer.label = largest(all_local(map, answer));
  return answer;
}

}  // namespace flyball
