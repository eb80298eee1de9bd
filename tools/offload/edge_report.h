// What flyball-edge did, as a text and as JSON. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tools/offload/edge_answer.h"

namespace flyball {

// What stands beside the requests' figures.
struct EdgeStanding {
  double seconds = 0.0;  // of the whole run
  std::optional<double> bandwidth_bits_per_second;
  std::optional<double> round_trip_seconds;
  std::string last_failure;
};

class EdgeReport {
 public:
  // `latency_seconds`: from arrival to answer.
  void add(const EdgeAnswer& answer, double latency_seconds, bool is_right, bool is_missed);

  std::size_t answered() const { return latencies_.size(); }
  nlohmann::ordered_json to_json(const EdgeStanding& standing) const;
  std::string to_text(const EdgeStanding& standing) const;

 private:
  std::size_t count(AnswerSource source) const { return counts_[static_cast<std::size_t>(source)]; }

  std::vector<double> latencies_;
  std::array<std::size_t, kAnswerSources> counts_{};
  std::size_t right_ = 0;
  std::size_t missed_ = 0;
  std::size_t sent_bytes_ = 0;
  std::size_t received_bytes_ = 0;
  EdgeSeconds edge_;         // sums, as all that follow
  double until_sent_ = 0.0;  // of fused ones, as all that follow
  double fused_latency_ = 0.0;
  double remote_seconds_ = 0.0;
  double compute_seconds_ = 0.0;
};

}  // namespace flyball
