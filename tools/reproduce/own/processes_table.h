// `flyball reproduce processes`: flyball-edge and flyball-cloud over a slow link (flyball-link) on
// this machine, beside what env/offload says of such a link. The edge's and the cloud's own times,
// and the bytes, are measured over a link of another kind, and given to the model: its bandwidth
// has no limit, and its delay is as long as the bytes would take. So programs wait as much as on
// the slow link, and what the system does to those that wait is the same. Rounds on both take
// turns.
#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "env/offload/offload_work.h"
#include "tools/reproduce/common/effort.h"
#include "tools/reproduce/common/reproduction_table.h"

namespace flyball {

struct ProcessesOptions {
  std::filesystem::path data;      // folder of images; empty: Debian's
  std::filesystem::path programs;  // folder of flyball-edge, flyball-cloud and flyball-link
  Effort effort = Effort::kAll;    // kQuick: two rates, two rounds
};

// Trains a network for one epoch and runs it. Throws DataError, Interrupted.
void reproduce_processes(const ProcessesOptions& options, ReproductionTable& table);

// What is run, with a network that is there already.
struct ProcessesRun {
  std::filesystem::path network;
  std::vector<double> rates;   // bit/s
  std::size_t requests = 100;  // of a round, over the slow link and over the other one
  std::size_t rounds = 10;
};
void run_processes(const ProcessesOptions& options, const ProcessesRun& run,
                   ReproductionTable& table);

// Of requests over a link without limit and delay.
struct UnlimitedLink {
  double edge_seconds = 0.0;          // until the message is on its way
  double cloud_seconds = 0.0;         // the cloud's own
  double other_seconds = 0.0;         // of the mean latency, besides: two programs and the system
  double other_median_seconds = 0.0;  // likewise of the median
  double bytes = 0.0;                 // on the link, both ways, headers included
};

// The model's parameters for one share: what was measured, and nothing else. The edge's work is
// what it does before it sends, whatever the share: the local head runs meanwhile.
OffloadWork work_of(const UnlimitedLink& link, double share, double feature_bytes);

// A request's latency by the model, at an unchanging bandwidth.
double modelled_seconds(const OffloadWork& work, double edge_seconds, double share,
                        double bits_per_second);

}  // namespace flyball
