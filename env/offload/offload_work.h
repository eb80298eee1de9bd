// What it costs to send a share of a network's features to a cloud: the edge's part of the work,
// bytes, the cloud's time, the radio's power. Values and pure functions.
//
// A batch goes through edge, link and cloud one after the other (DVFO section III):
//
//   edge   edge_factor(share) of the batch's work, at the edge's clocks
//   link   sent_bytes(share) at the bandwidth of the moment; the radio draws radio_watts
//   cloud  round_trip_seconds, and cloud_seconds for each request where all is sent; the edge idles
//
// Where nothing is sent there is no link and no cloud.
#pragma once

#include <cstddef>
#include <optional>

#include "env/config/fields.h"
#include "env/offload/bandwidth.h"

namespace flyball {

// `share`: of the features that are sent, 0 to 1 (DVFO's xi).
struct OffloadWork {
  double feature_bytes = 1e5;    // of one request, where all is sent
  double header_bytes = 200.0;   // of one request on top, where anything is sent
  double edge_floor = 0.2;       // of the edge's work, done whatever is sent: the extractor
  double attention = 0.03;       // of the edge's work on top, where anything is sent
  double cloud_seconds = 0.005;  // of one request, where all is sent
  double round_trip_seconds = 0.02;
  double radio_watts = 1.0;  // drawn while sending
  double lambda = 0.5;       // of the fused answer; changes no cost
  double top_share = 0.6;    // of the importance that the first three features hold, on average
  double top_share_deviation = 0.05;
};
template <typename Visitor, FieldsOf<OffloadWork> Config>
void visit(Visitor& field, Config& work) {
  field({"feature_bytes", "byte", within(1, 1e9), "of one request, where all is sent",
         Need::kRequired},
        work.feature_bytes);
  field({"header_bytes", "byte", within(0, 1e6), "of one request on top, where anything is sent"},
        work.header_bytes);
  field({"edge_floor", "", within(0, 1), "of the edge's work, done whatever is sent"},
        work.edge_floor);
  field({"attention", "", within(0, 1), "of the edge's work on top, where anything is sent"},
        work.attention);
  field({"cloud_seconds", "s", within(0, 60), "of one request, where all is sent"},
        work.cloud_seconds);
  field({"round_trip_seconds", "s", within(0, 60), "of the link, per batch"},
        work.round_trip_seconds);
  field({"radio_watts", "W", within(0, 100), "drawn while sending"}, work.radio_watts);
  field({"lambda", "", within(0, 1), "the edge's weight in the fused answer; changes no cost"},
        work.lambda);
  field({"top_share", "", within(0, 1),
         "of the importance that the first three features of a request hold, on average"},
        work.top_share);
  field({"top_share_deviation", "", within(0, 1), "standard deviation of it"},
        work.top_share_deviation);
}

// What a scenario says of it, [offload].
struct OffloadConfig {
  OffloadWork work;
  Bandwidth bandwidth;
  double default_share = 0.0;  // while nobody turns the knob
  // After so long without a transfer a small message measures the bandwidth, at no cost; absent: it
  // stays what the last transfer showed.
  std::optional<double> probe_seconds;
};
template <typename Visitor, FieldsOf<OffloadConfig> Config>
void visit(Visitor& field, Config& offload) {
  visit(field, offload.work);
  field({"default_share", "", within(0, 1), "that is sent while nobody turns the knob \"offload\""},
        offload.default_share);
  field({"probe_seconds", "s", period_range(),
         "after so long without a transfer a small message measures the bandwidth, at no cost; "
         "absent: what the last transfer showed stays"},
        offload.probe_seconds);
  field.table({"bandwidth", "", {}, "of the link"}, [&](auto& inner) {
    inner.kind({"kind", "", {}, "how it changes", Need::kRequired}, offload.bandwidth,
               kBandwidthKinds);
  });
}

// Throws std::invalid_argument naming the key at fault.
void validate(const OffloadConfig& offload);

// The edge's part of a batch's work; 1 where nothing is sent.
double edge_factor(const OffloadWork& work, double share);
double sent_bytes(const OffloadWork& work, double share, std::size_t requests);
// From the last byte sent to the answer; 0 where nothing is sent.
double answer_seconds(const OffloadWork& work, double share, std::size_t requests);

}  // namespace flyball
