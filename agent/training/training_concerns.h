// What speaks against training on a set of data, and against the policy that came of it. Pure
// functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/policy_check.h"
#include "agent/trainer.h"
#include "agent/training/train_config.h"

namespace flyball {

// Exploration that is enough to learn from: so many spans under settings drawn at random, or so
// many settings held by hand for so many spans in a row. Of n settings drawn at random none lies
// in the best eighth of all with a probability of (7/8)^n, which is a fifth for 12. With fewer than
// eight settings not even one in that eighth is to be expected. Stock governors hold a setting for
// ten spans where the load does not change: the logs of a serving AGX Xavier show three such
// settings.
inline constexpr std::size_t kLeastRandomSpans = 12;
inline constexpr std::size_t kLeastSettings = 8;
inline constexpr std::size_t kHeldSpans = 10;

enum class Gravity : std::uint8_t { kWarning, kRefusal };

struct Concern {
  Gravity gravity = Gravity::kWarning;
  std::string text;  // a sentence with figures
};

// Before training. `config` with the objective resolved. Data that are another program's rewards
// have nothing to hold them against: no concerns.
std::vector<Concern> concerns_about_data(const TrainConfig& config, const TrainingSet& set);

// What is known of a policy after its training.
struct PolicyEvidence {
  TrainingEstimate estimate;
  std::optional<RequestFigures> fitted;            // from the data, where that can be relied upon
  bool is_measured = false;                        // in a validation: then predictions only warn
  std::optional<ValidationFigures> measured = {};  // there
};

// After training.
std::vector<Concern> concerns_about_policy(const ObjectiveConfig& objective,
                                           const PolicyEvidence& policy);

// The texts of those of that gravity.
std::vector<std::string> texts_of(const std::vector<Concern>& concerns, Gravity gravity);

}  // namespace flyball
