// What `flyball reproduce blind` is about: every shipped scenario with arrivals and a share that
// has to be in time; and the changes that nobody tuned to. Free functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/training/train_config.h"
#include "env/sim/scenario.h"
#include "tools/reproduce/own/changing_case.h"

namespace flyball {

struct BlindScenario {
  const char* id;
  bool quick = false;  // also with --quick
};

// The one list.
std::span<const BlindScenario> blind_scenarios();

// The recipe of the scenario's load, learning from it and validated on it. Throws ConfigError.
ChangingCase load_blind_case(const std::string& scenario);

// A change of the scenario that a policy runs in, or of the data that it is learned from.
struct BlindVariant {
  std::string name;  // "load x1.5"
  double deadline_factor = 1.0;
  double load_factor = 1.0;
  std::optional<double> log_seconds;  // of each log
  std::optional<double> explore;      // share of the time under random settings

  bool is_trained() const { return log_seconds || explore; }
};

std::span<const BlindVariant> blind_variants();

// The scenario with other deadlines and load; absent where its arrivals cannot be had at another
// rate: a trace is what it is.
std::optional<Scenario> changed(Scenario scenario, const BlindVariant& variant);
// The recipe with other logs.
TrainConfig changed(TrainConfig config, const BlindVariant& variant);

}  // namespace flyball
