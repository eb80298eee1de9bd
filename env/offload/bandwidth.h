// The bandwidth of a link over time, and how long bytes take through it. Values.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "env/config/bounds.h"
#include "env/config/fields.h"

namespace flyball {

constexpr Range bandwidth_range() { return within(1e3, 1e12); }

struct ConstantBandwidth {
  double bits_per_second = 5e6;
};
template <typename Visitor, FieldsOf<ConstantBandwidth> Config>
void visit(Visitor& field, Config& constant) {
  field({"bits_per_second", "bit/s", bandwidth_range(), "all the time", Need::kRequired},
        constant.bits_per_second);
}

// The bandwidth from `time_seconds` on.
struct BandwidthStep {
  double time_seconds = 0.0;
  double bits_per_second = 5e6;
};
template <typename Visitor, FieldsOf<BandwidthStep> Config>
void visit(Visitor& field, Config& step) {
  field({"time_seconds", "s", within(0, kMostSeconds), "from then on; ascending, the first 0",
         Need::kRequired},
        step.time_seconds);
  field({"bits_per_second", "bit/s", bandwidth_range(), "the bandwidth", Need::kRequired},
        step.bits_per_second);
}

struct BandwidthSteps {
  std::vector<BandwidthStep> steps;
  std::optional<double> repeat_seconds;  // it begins again then; absent: the last step stays
};
template <typename Visitor, FieldsOf<BandwidthSteps> Config>
void visit(Visitor& field, Config& steps) {
  field({"steps", "", {}, "one after the other", Need::kRequired}, steps.steps);
  field({"repeat_seconds", "s", period_range(),
         "after which they begin again; absent: the last one stays"},
        steps.repeat_seconds);
}

// A random walk of the logarithm between two ends, which it is reflected from.
struct BandwidthWalk {
  double low_bits_per_second = 5e5;
  double high_bits_per_second = 8e6;
  double step_seconds = 1.0;
  double spread = 0.2;  // standard deviation of a step of the logarithm
};
template <typename Visitor, FieldsOf<BandwidthWalk> Config>
void visit(Visitor& field, Config& walk) {
  field({"low_bits_per_second", "bit/s", bandwidth_range(), "it goes no lower", Need::kRequired},
        walk.low_bits_per_second);
  field({"high_bits_per_second", "bit/s", bandwidth_range(), "it goes no higher", Need::kRequired},
        walk.high_bits_per_second);
  field({"step_seconds", "s", period_range(), "between two steps"}, walk.step_seconds);
  field({"spread", "", above_up_to(0, 10), "standard deviation of a step of the logarithm"},
        walk.spread);
}

struct BandwidthFile {
  std::filesystem::path file;
  bool repeat = false;  // after its last row, which then only says when it ends
};
template <typename Visitor, FieldsOf<BandwidthFile> Config>
void visit(Visitor& field, Config& trace) {
  field({"file", "", {}, "CSV: time_seconds,bits_per_second", Need::kRequired}, trace.file);
  field({"repeat", "", {}, "it begins again with its last row; false: that row stays"},
        trace.repeat);
}

using Bandwidth = std::variant<ConstantBandwidth, BandwidthSteps, BandwidthWalk, BandwidthFile>;
inline constexpr std::array kBandwidthKinds = {"constant", "steps", "walk", "file"};

// Constant between steps. Thread-safe: constant after construction.
class BandwidthTrace {
 public:
  // Requires: what validate() asks of BandwidthSteps.
  explicit BandwidthTrace(BandwidthSteps steps) : steps_(std::move(steps)) {}

  double bits_per_second(double time_seconds) const;
  // When the last of `bytes` has left that are sent from `start_seconds` on.
  double end_seconds(double start_seconds, double bytes) const;

 private:
  // The step at `time_seconds`, and until when it lasts; infinity: for ever.
  std::pair<double, double> step_at(double time_seconds) const;

  BandwidthSteps steps_;
};

// A walk is this long and then begins again.
inline constexpr double kWalkSeconds = 7200.0;

// Throws std::invalid_argument naming the key at fault ("bandwidth.steps[1].time_seconds").
void validate(const Bandwidth& bandwidth);

// Same bandwidth, same seed: the same bits. Throws DataError for a file.
BandwidthTrace make_trace(const Bandwidth& bandwidth, std::uint64_t seed);

}  // namespace flyball
