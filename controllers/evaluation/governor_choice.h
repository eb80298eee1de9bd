// A governor as a user names it: stock, best-fixed (or oracle), best-per-phase, queue-table,
// fine-tuning, a kernel governor, jetson_clocks, nvpmodel:ID, fixed:KNOB=VALUE,... or a policy
// file. Values.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "env/governor.h"
#include "policies/policy_file.h"

namespace flyball {

class LearnedGovernor;

inline constexpr const char* kBestFixed = "best-fixed";
inline constexpr const char* kBestPerPhase = "best-per-phase";
inline constexpr const char* kQueueTable = "queue-table";
inline constexpr const char* kFineTuningName = "fine-tuning";
inline constexpr const char* kJetsonClocks = "jetson_clocks";  // every clock at its mode's highest

struct GovernorChoice {
  enum class Kind : std::uint8_t {
    kStock,
    kKernel,
    kMode,
    kFixed,
    kOracle,
    kPhases,
    kTable,
    kFineTuning,
    kPolicy,
    kMade
  };
  Kind kind = Kind::kStock;
  std::string name;                      // as shown: "stock", "ondemand", "fixed:gpu=6.1e8", "P"
  std::map<std::string, double> values;  // kFixed: by knob, in its unit
  std::shared_ptr<const PolicyFile> policy;  // kPolicy; shared by the runs
  bool guarded = false;                      // kPolicy: by controllers/guard.h
  int mode = 0;                              // kMode: the nvpmodel mode, under the stock governors
  // kMade: made by its own function, for a run with this seed.
  std::function<std::unique_ptr<Governor>(std::uint64_t seed)> make_own = {};
  std::vector<std::string> leases = {};  // kMade
  double period_seconds = 0.0;           // kMade; 0: the plan's
  std::string content = {};              // kMade: all that its runs depend on, in words

  // Of fixed, policy and made; null for others: they need no lease, or are an oracle.
  std::unique_ptr<Governor> make(std::uint64_t seed = 0) const;
  // Of a policy, with its guard where that is asked for. Requires: kPolicy.
  std::unique_ptr<LearnedGovernor> make_policy() const;
  // What it leases; empty for others than fixed, policy and made.
  std::vector<std::string> knobs() const;
};

GovernorChoice stock_choice();
GovernorChoice oracle_choice();
GovernorChoice best_per_phase_choice();
GovernorChoice queue_table_choice();
GovernorChoice fine_tuning_choice();
// Requires: one of kernel_governor_names(), or kJetsonClocks.
GovernorChoice kernel_choice(std::string name);
// A policy that is there already, without a guard: what it is worth by itself.
GovernorChoice policy_choice(std::shared_ptr<const PolicyFile> policy);

// "stock,performance,fixed:cpu=1.2GHz,gpu=600MHz,P.flyball": names separated by commas; values are
// hertz unless they say kHz, MHz or GHz. Throws std::invalid_argument listing the known names for
// one that is none, and what load_policy throws.
std::vector<GovernorChoice> parse_governors(const std::string& text);

}  // namespace flyball
