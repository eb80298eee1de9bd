// The world of DVFO's experiments, as scenarios: a Xavier NX that may send a share of a network's
// first features, or the picture, to a cloud. What the paper does not say is assumed and says so.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "controllers/run_figures.h"
#include "env/offload/bandwidth.h"
#include "env/sim/scenario.h"

namespace flyball {

// A network and the pictures that it looks at.
struct DvfoCell {
  const char* name;
  const char* workload;
  double feature_bytes;  // all of the first layer's output as int8
  double picture_bytes;  // RGB
  double jpeg_bytes;     // at quality 75
  double edge_floor;     // of the work: the first layer; from its operations
  double cloud_seconds;  // assumed of an RTX 3080
};
// Both networks at 224x224, and EfficientNet-B0 at 32x32 (CIFAR-100's).
std::span<const DvfoCell> dvfo_cells();

enum class DvfoSends : std::uint8_t { kFeatures, kPicture, kJpeg };

// One inference after the other, `requests` of them; every level of every clock allowed. The share
// of features is a knob; of a picture all is sent, and the edge only prepares it.
Scenario dvfo_scenario(const DvfoCell& cell, DvfoSends sends, const Bandwidth& bandwidth,
                       std::uint64_t requests);

// DVFO's shares: 0, 0.1, ... 1.
std::vector<double> dvfo_shares();

// Of one inference.
struct DvfoCost {
  double joules = 0.0;
  double seconds = 0.0;
};
DvfoCost cost_of(const RunFigures& figures);

// Eq. 1 with energy and latency as multiples of `reference`'s, so that eta means the same for every
// network: eta E / E_ref + (1 - eta) L / L_ref.
double weighted(const DvfoCost& cost, const DvfoCost& reference, double eta);

// The stock governors, with that share sent.
DvfoCost under_stock(Scenario scenario, double share);

// A setting of the scenario's knobs, one level each, and what it costs.
struct DvfoPoint {
  std::vector<Level> levels;
  DvfoCost cost;
};
// Every setting of these knobs, each clock at ten levels evenly between its ends as the paper has
// it; knobs that are not named are left to their residents. Throws Interrupted.
std::vector<DvfoPoint> dvfo_sweep(const Scenario& scenario, const std::vector<std::string>& knobs,
                                  unsigned threads);
// Every setting near a point of dvfo_sweep(): each clock at every level of its table as far as the
// next of the ten on either side, each share. Throws Interrupted.
std::vector<DvfoPoint> dvfo_sweep_around(const Scenario& scenario,
                                         const std::vector<std::string>& knobs,
                                         const DvfoPoint& point, unsigned threads);
// Requires: at least one point.
const DvfoPoint& cheapest(const std::vector<DvfoPoint>& points, const DvfoCost& reference,
                          double eta);

}  // namespace flyball
