// Whether a policy is better than the kernel's governors, decided on pairs of slices of time, one
// of each: `flyballd run --canary`. Says how much of the time the policy may have meanwhile. Not
// thread-safe; adding a pair allocates nothing.
//
// Of a pair two figures are made. The energy: the logarithm of the policy's joules per request over
// stock's. The harm: by how much more was missed than under stock, in units of what is tolerated.
// Bounds that hold at every look (mean_bounds.h) say when either is known well enough:
//
//   kept          energy is lower with confidence, and what was missed is within the tolerance
//   rolled back   more is missed than tolerated, with confidence; or the saving is below
//                 `least_saving`, with confidence; or after `most_pairs` neither is known
//
// What was kept is watched on with the share of stock that the policy began with, and rolled back
// when that has become worse (change_alarm.h).
//
// The order within a pair is drawn at random (canary_governor.h). So a policy that is as good as
// stock gives a difference that is as likely up as down, however the load drifts, and the chance
// that it is ever kept is half of 1 - confidence at most.
//
// The share: as configured at first; twice as much after every `growth_pairs` pairs as long as the
// means so far speak for the policy, up to half; the first share again when they do not.
//
// Without an application's figures nothing is known of requests. Then power is compared, of those
// pairs alone in which the busy cycles of the CPUs and of the GPU were equal within a tenth.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "controllers/change_alarm.h"
#include "controllers/mean_bounds.h"
#include "env/config/fields.h"
#include "env/reward.h"

namespace flyball {

struct CanaryConfig {
  double share = 0.1;              // of the time, for the policy at first
  double slice_seconds = 20.0;     // each of a pair
  double settle_share = 0.2;       // of a slice, at its beginning, that is not compared
  std::uint32_t most_pairs = 400;  // by then it is proven, or not kept
  double least_saving = 0.01;      // of energy: less is not worth it
  double confidence = 0.95;
  std::uint32_t growth_pairs = 5;
  double miss_tolerance = 0.01;                 // share of the requests
  std::optional<double> latency_limit_seconds;  // of the mean; absent: latency is not looked at
  double latency_tolerance = 0.05;              // of that limit
  std::uint64_t seed = 0;                       // of the order within pairs
};

template <typename Visitor, FieldsOf<CanaryConfig> Config>
void visit(Visitor& field, Config& config) {
  field({"share", "", within(0.01, 0.5), "of the time, for the policy at first"}, config.share);
  field({"slice_seconds", "s", within(0.01, 86400),
         "for which the policy, or the kernel, decides at a time"},
        config.slice_seconds);
  field({"settle_share", "", within(0, 0.9), "of a slice, at its beginning, that is not compared"},
        config.settle_share);
  field({"most_pairs", "pairs", within(1, 100'000),
         "of slices, after which what is not proven is rolled back"},
        config.most_pairs);
  field({"least_saving", "", within(0, 0.2), "share of the energy; what saves less is rolled back"},
        config.least_saving);
  field({"confidence", "", within(0.5, 0.9999), "at which the policy is kept or rolled back"},
        config.confidence);
  field({"growth_pairs", "pairs", at_least(1), "before the policy is given twice the share"},
        config.growth_pairs);
  field({"miss_tolerance", "", above(0), "share of requests that may be missed beyond stock's"},
        config.miss_tolerance);
  field({"latency_limit_seconds", "s", above(0), "of the mean; absent: it is not looked at"},
        config.latency_limit_seconds);
  field({"latency_tolerance", "", above(0), "of that limit, beyond stock's"},
        config.latency_tolerance);
  field({"seed", "", at_least(0), "of the order within pairs"}, config.seed);
}

enum class CanaryVerdict : std::uint8_t { kUndecided, kKept, kRolledBack };

// Why it was rolled back.
enum class CanaryCause : std::uint8_t {
  kNone,
  kMisses,       // more than tolerated, with confidence
  kNoSaving,     // below what is worth it, with confidence
  kNotProven,    // after the most pairs
  kMissesLater,  // kept, and then more missed than tolerated
  kEnergyLater,  // kept, and then more energy than stock
};

const char* to_string(CanaryVerdict verdict);

// What the compared part of a slice came to, or of many together.
struct CanarySlice {
  SpanCost cost;
  double cpu_load = 0.0;     // busy cycles over those of all CPUs at full clock, times seconds
  double gpu_load = 0.0;     // the same of the GPU
  bool has_load = true;      // both were shown
  bool has_requests = true;  // the application told its figures all the time

  CanarySlice& operator+=(const CanarySlice& other);
};

struct CanaryPair {
  double energy = 0.0;  // log(policy / stock), below 0: saved
  double harm = 0.0;    // missed beyond stock's over what is tolerated
};

// All that has to be known to go on after a restart.
struct CanaryMemory {
  CanaryVerdict verdict = CanaryVerdict::kUndecided;
  CanaryCause cause = CanaryCause::kNone;
  std::vector<CanaryPair> pairs;  // of the trial, not of the watch over what is kept
  std::uint64_t watched = 0;      // pairs since it was kept
  std::uint64_t left_out = 0;     // without power, or at unequal load
  std::uint64_t by_power = 0;     // of the pairs, compared without requests
  CanarySlice stock;              // over all pairs
  CanarySlice learned;
  std::array<double, ChangeAlarm::kBets> energy_alarm{1.0, 1.0, 1.0};
  std::array<double, ChangeAlarm::kBets> harm_alarm{1.0, 1.0, 1.0};
};

// The pair's figures; absent: it says nothing.
std::optional<CanaryPair> compare(const CanarySlice& stock, const CanarySlice& learned,
                                  const CanaryConfig& config);

class CanaryTrial {
 public:
  // Throws std::invalid_argument naming the key at fault ("canary.share").
  explicit CanaryTrial(const CanaryConfig& config);

  void add(const CanarySlice& stock, const CanarySlice& learned);
  // Goes on where another one was. Throws std::invalid_argument where that cannot have been.
  void resume(CanaryMemory memory);

  CanaryVerdict verdict() const { return memory_.verdict; }
  const CanaryMemory& memory() const { return memory_; }
  const CanaryConfig& config() const { return config_; }
  // Of the time for the policy, now.
  double share() const { return share_; }
  // Of energy per request, or of power: 1 - exp of the bounds of the mean logarithm, so that
  // saving_low <= saving <= saving_high. Of clipped pairs: a pair counts as 26 % saved at most.
  double saving() const;
  double saving_low() const;
  double saving_high() const;
  // Missed beyond stock's over what is tolerated, and how little and much it may be.
  const MeanBounds& harm() const { return harm_; }

 private:
  void add(const CanaryPair& pair);
  void watch(const CanaryPair& pair);
  void judge();
  void set_share();
  void roll_back(CanaryCause cause);

  CanaryConfig config_;
  MeanBounds energy_;
  MeanBounds harm_;
  ChangeAlarm energy_alarm_;
  ChangeAlarm harm_alarm_;
  double share_;
  std::uint32_t since_growth_ = 0;
  CanaryMemory memory_;
};

}  // namespace flyball
