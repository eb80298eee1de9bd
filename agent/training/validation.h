// How good a policy in training is, measured while it is trained. Who measures is injected: the
// agent knows no scenario. Values.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "env/config/fields.h"
#include "policies/policy_file.h"

namespace flyball {

// Gradient steps after which training is looked at, and measured where a measurement is due.
constexpr std::uint64_t kReportSteps = 50;

struct ValidationConfig {
  std::string scenario;                   // for whoever measures: a name or a file; empty: none yet
  std::uint64_t every_steps = 250;        // gradient steps between measurements
  std::optional<std::uint64_t> patience;  // measurements without a better one before training
                                          // stops; absent: it never does
  std::uint64_t seed = 1000;              // of the first run; other than those one judges by later
  std::uint64_t runs = 1;                 // with this seed and the next ones, pooled
  std::uint64_t confirm_runs = 0;         // on further arrivals, of a policy that would be kept
  std::optional<double> price_step = std::nullopt;     // > 1; absent: the price of a miss stays
  bool constants = false;                              // begin with the best constant policy
  std::optional<double> in_time_share = std::nullopt;  // asked for, instead of the scenario's
};

template <typename Visitor, FieldsOf<ValidationConfig> Config>
void visit(Visitor& field, Config& config) {
  field(
      {"scenario",
       "",
       {},
       "name or file: the policy is measured on it, the best one is kept; absent: the one that the "
       "data were simulated from, or none"},
      config.scenario);
  field({"every_steps", "steps", within(1, 1e9), "between measurements"}, config.every_steps);
  field({"patience", "measurements", within(1, 1e9),
         "without a better one until training stops; absent: it does not"},
        config.patience);
  field({"seed", "", {}, "of the first run"}, config.seed);
  field({"runs", "", within(1, 100), "with this seed and the next ones, pooled"}, config.runs);
  field({"confirm_runs", "", within(0, 1000),
         "with the seeds after those: a policy that would be kept has to keep the limits there as "
         "well, without the guard; 0: it is not asked"},
        config.confirm_runs);
  field({"price_step", "", within(1, 10),
         "dual ascent: after a measurement that kept the limits a miss costs at most so many times "
         "less, otherwise more, in smaller steps where it goes to and fro; absent: its price "
         "stays"},
        config.price_step);
  field({"constants",
         "",
         {},
         "the first measurement looks for the best constant setting, which the policy that is kept "
         "has to "
         "beat"},
        config.constants);
  field({"in_time_share", "", above_up_to(0, 1), "asked for, instead of what the scenario asks"},
        config.in_time_share);
}

// Throws std::invalid_argument naming the key at fault.
void validate(const ValidationConfig& config);

struct ValidationFigures {
  double saving = 0.0;  // of stock's energy for the same work
  double latency_mean_seconds = 0.0;
  double in_time_share = 1.0;
  bool feasible = false;                               // all work done, the scenario's limits kept
  std::optional<double> in_time_asked = std::nullopt;  // of the scenario, of the requests
};

// What keeps the limits before what does not; then what saves more, or where neither keeps them
// what serves more in time, or sooner.
bool is_better(const ValidationFigures& a, const ValidationFigures& b);

// The policy with what was asked of it written down.
PolicyFile as_validated(PolicyFile policy, const ValidationFigures& figures);

// Runs a policy on the scenario of a ValidationConfig. Throws Interrupted after Ctrl-C.
using MeasurePolicy = std::function<ValidationFigures(const PolicyFile& policy)>;

// The best of many was lucky with the arrivals that it was chosen on. Both throw Interrupted after
// Ctrl-C.
struct PolicyJudge {
  MeasurePolicy measure;
  // Whether the limits are kept on the further arrivals, too. Empty: not asked.
  std::function<bool(const PolicyFile& policy)> confirm = {};

  bool confirms(const PolicyFile& policy) const { return !confirm || confirm(policy); }
};

}  // namespace flyball
