// The edge's part of a split network with the remote part behind it: answers one request at a time,
// always, and by itself where the remote part does not answer in time. Not thread-safe; reads the
// steady clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/vision/split_runtime.h"
#include "tools/offload/bandwidth_estimate.h"
#include "tools/offload/edge_answer.h"
#include "tools/offload/remote_health.h"
#include "tools/offload/rpc/inference_client.h"

namespace flyball {

class EdgePart {
 public:
  using Clock = std::chrono::steady_clock;

  // `client` absent: everything is answered here. Both must outlive it.
  EdgePart(const SplitRuntime& runtime, InferenceClient* client, const RemoteHealth::Rests& rests);

  // Waits so long at most until the remote part was found.
  void wait_for_remote(double seconds);

  // Answers where `share` of the channels are to be sent. The remote part is waited for until
  // `until`; then the local answer is used, which was computed meanwhile.
  EdgeAnswer answer(std::span<const std::uint8_t> pixels, double share, Clock::time_point until);

  const BandwidthEstimate& bandwidth() const { return bandwidth_; }
  // What the remote part failed with last; empty: it never did.
  const std::string& last_failure() const { return last_failure_; }

 private:
  double now_seconds() const;
  // Takes what a probe found, and begins one where it is time. True: a request may be sent.
  bool may_send();
  void take_probe();
  std::vector<float> remote_or_local(const FeatureMap& map, std::span<const ChannelNumber> kept,
                                     Clock::time_point until, EdgeAnswer& answer);
  std::vector<float> all_local(const FeatureMap& map, EdgeAnswer& answer) const;

  const SplitRuntime& runtime_;
  InferenceClient* client_;
  RemoteHealth health_;
  BandwidthEstimate bandwidth_;
  std::size_t found_ = 0;  // probes in a row that found the remote part
  std::string last_failure_;
  Clock::time_point begin_;
};

}  // namespace flyball
