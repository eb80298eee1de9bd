#include "tools/offload/edge_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "env/statistics.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

double divided(double sum, std::size_t count) {
  return count == 0 ? 0.0 : sum / static_cast<double>(count);
}

// null where there were none.
ordered_json mean_json(double sum, std::size_t count) {
  if (count == 0) return nullptr;
  return divided(sum, count);
}

ordered_json optional_json(const std::optional<double>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

}  // namespace

void EdgeReport::add(const EdgeAnswer& answer, double latency_seconds, bool is_right,
                     bool is_missed) {
  latencies_.push_back(latency_seconds);
  ++counts_[static_cast<std::size_t>(answer.source)];
  right_ += is_right ? 1 : 0;
  missed_ += is_missed ? 1 : 0;
  sent_bytes_ += answer.sent_bytes;
  received_bytes_ += answer.received_bytes;
  edge_.extractor += answer.edge.extractor;
  edge_.attention += answer.edge.attention;
  edge_.sending += answer.edge.sending;
  edge_.local += answer.edge.local;
  edge_.fusing += answer.edge.fusing;
  if (answer.source != AnswerSource::kFused) return;
  until_sent_ += answer.edge.until_sent();
  fused_latency_ += latency_seconds;
  remote_seconds_ += answer.remote_seconds;
  compute_seconds_ += answer.compute_seconds;
}

ordered_json EdgeReport::to_json(const EdgeStanding& standing) const {
  std::vector<double> sorted = latencies_;
  std::sort(sorted.begin(), sorted.end());
  const std::size_t total = answered();
  const std::size_t fused = count(AnswerSource::kFused);
  ordered_json fallbacks;
  for (const auto& [word, source] : words(AnswerSource{})) {
    if (source == AnswerSource::kFused || source == AnswerSource::kLocal) continue;
    fallbacks[word] = count(source);
  }
  ordered_json latency = nullptr;
  if (total > 0) {
    latency = {{"mean", divided(std::accumulate(sorted.begin(), sorted.end(), 0.0), total)},
               {"p10", nearest_rank(sorted, 0.1)},
               {"p50", nearest_rank(sorted, 0.5)},
               {"p95", nearest_rank(sorted, 0.95)},
               {"p99", nearest_rank(sorted, 0.99)},
               {"max", sorted.back()}};
  }
  return {{"answered", total},
          {"fused", fused},
          {"local", count(AnswerSource::kLocal)},
          {"fallbacks", fallbacks},
          {"missed", missed_},
          {"accuracy", mean_json(static_cast<double>(right_), total)},
          {"latency_seconds", latency},
          {"edge_seconds",
           {{"extractor", mean_json(edge_.extractor, total)},
            {"attention", mean_json(edge_.attention, total)},
            {"sending", mean_json(edge_.sending, total)},
            {"local", mean_json(edge_.local, total)},
            {"fusing", mean_json(edge_.fusing, total)},
            {"sum", mean_json(edge_.sum(), total)}}},
          {"attention_share",
           edge_.sum() > 0.0 ? ordered_json(edge_.attention / edge_.sum()) : nullptr},
          {"of_fused",
           {{"latency_seconds", mean_json(fused_latency_, fused)},
            {"until_sent_seconds", mean_json(until_sent_, fused)},
            {"remote_seconds", mean_json(remote_seconds_, fused)},
            {"cloud_seconds", mean_json(compute_seconds_, fused)}}},
          {"sent_bytes", sent_bytes_},
          {"received_bytes", received_bytes_},
          {"bandwidth_bits_per_second", optional_json(standing.bandwidth_bits_per_second)},
          {"round_trip_seconds", optional_json(standing.round_trip_seconds)},
          {"last_failure", standing.last_failure},
          {"seconds", standing.seconds}};
}

std::string EdgeReport::to_text(const EdgeStanding& standing) const {
  const ordered_json json = to_json(standing);
  if (answered() == 0) return "no request\n";
  std::string text = fmt::format("{} requests in {:.1f} s, {:.2f} % right, {} missed\n", answered(),
                                 standing.seconds, 100.0 * json["accuracy"].get<double>(), missed_);
  for (const auto& [word, source] : words(AnswerSource{})) {
    if (count(source) > 0) text += fmt::format("  {:12} {}\n", word, count(source));
  }
  const ordered_json& latency = json["latency_seconds"];
  text += "latency";
  for (const auto& [name, value] : latency.items()) {
    text += fmt::format("  {} {:.2f} ms", name, 1e3 * value.get<double>());
  }
  text +=
      fmt::format("\nedge {:.3f} ms each, attention {:.1f} % of it; {} bytes sent, {} received\n",
                  1e3 * divided(edge_.sum(), answered()),
                  edge_.sum() > 0.0 ? 100.0 * edge_.attention / edge_.sum() : 0.0, sent_bytes_,
                  received_bytes_);
  if (standing.bandwidth_bits_per_second) {
    text += fmt::format("bandwidth {:.2f} Mbit/s, by its own transfers\n",
                        1e-6 * *standing.bandwidth_bits_per_second);
  }
  if (!standing.last_failure.empty()) {
    text += fmt::format("last failure: {}\n", standing.last_failure);
  }
  return text;
}

}  // namespace flyball
