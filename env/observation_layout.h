// Where an observation holds what: features by their id, not by the names of components. Constant
// after construction; thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "env/knob.h"

namespace flyball {

struct EncoderConfig;

// One number each, or one per knob. The table of env/observation_table.cpp says what they are.
enum class Feature : std::uint8_t {
  kEffective,
  kUtilization,
  kQueue,
  kArrivals,
  kSlackPresent,
  kSlack,
  kDeadlinePresent,
  kDeadline,
  kPower,
  kTemperature,
  kEta,
  kLimit,
  kFloor,
  kCeiling,
  kCpusOnline,
  kPreviousAction,
  kActionAge,
  kThinkTime,
  kVectorToGo,
  kBandwidthPresent,
  kBandwidth,
  kTopShare,
  kLambda,
};

class ObservationLayout {
 public:
  // What an encoder of this configuration writes for these knobs. Throws std::invalid_argument when
  // that is nothing, or the configuration is not valid.
  ObservationLayout(const EncoderConfig& config, std::span<const Knob> knobs);
  // Of observations whose components are named so, as in a log or a data set. A name that is no
  // feature's stands for a number of somebody else's.
  ObservationLayout(std::vector<std::string> names, std::span<const Knob> knobs);

  std::size_t size() const { return names_.size(); }
  const std::vector<std::string>& names() const { return names_; }  // "effective.gpu", ...
  // The component that holds the feature, of knob `knob` where there is one per knob. Absent where
  // observations do not hold it.
  std::optional<std::size_t> offset(Feature feature, std::size_t knob = 0) const;

 private:
  void find_features(std::span<const Knob> knobs);

  std::vector<std::string> names_;
  std::vector<std::vector<std::optional<std::size_t>>> offsets_;  // [feature][knob]
};

}  // namespace flyball
