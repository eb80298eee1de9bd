// The policy file NAME.flyball: a trained policy as one safetensors file whose metadata tells all
// that is needed to run it. policies/FORMAT.md describes the bytes. Values and free functions.
//
// Loading checks everything: a PolicyFile that load_policy returned is consistent.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "env/config/fields.h"
#include "env/observation.h"
#include "env/plant.h"
#include "env/reward.h"
#include "policies/dense_ensemble.h"
#include "policies/head.h"
#include "policies/safetensors.h"
#include "policies/trusted_file.h"

namespace flyball {

// A knob that the policy turns, with the table it was trained on.
struct PolicyKnob {
  std::string name;
  std::vector<double> levels;  // ascending; hertz, or requests for the application's knob
  bool application = false;    // the application's knob, not the board's
  bool cap = false;            // actions are ceilings, with the resident below; otherwise pins

  friend bool operator==(const PolicyKnob&, const PolicyKnob&) = default;
};
template <typename Visitor, FieldsOf<PolicyKnob> Config>
void visit(Visitor& field, Config& knob) {
  field({"name", "", {}, "the knob's name", Need::kRequired}, knob.name);
  field({"levels", "Hz or requests", above(0), "ascending", Need::kRequired}, knob.levels);
  field({"application", "", {}, "the application's knob, not the board's"}, knob.application);
  field({"cap", "", {}, "actions are ceilings, with the resident below; otherwise pins"}, knob.cap);
}

enum class ConstraintKind : std::uint8_t {
  kLatency,   // seconds per request
  kMissRate,  // share of the requests, 0..1
};
constexpr auto words(ConstraintKind) {
  return std::array{Word{"latency", ConstraintKind::kLatency},
                    Word{"miss_rate", ConstraintKind::kMissRate}};
}

// What "constraint" predicts and what it has to stay under.
struct ConstraintLimit {
  ConstraintKind kind = ConstraintKind::kLatency;
  double limit = 0.0;   // seconds, or a share
  double margin = 1.0;  // in (0, 1]: a prediction has to be at most limit * margin
  // Instead of the limit: how far a prediction may be above the lowest one of the same moment, in
  // the prediction's unit. What no action can help - misses that are due anyway - then forbids
  // none.
  std::optional<double> tolerance = std::nullopt;
  // Instead of the limit: what a unit of the constraint costs. The action is the one with the
  // lowest cost + multiplier * constraint, and the multiplier was learned so that the limit is
  // kept.
  std::optional<double> multiplier = std::nullopt;
};
template <typename Visitor, FieldsOf<ConstraintLimit> Config>
void visit(Visitor& field, Config& limit) {
  field({"kind", "", {}, "what is limited", Need::kRequired}, limit.kind);
  field({"limit", "s or a share", above(0), "what it has to stay under", Need::kRequired},
        limit.limit);
  field({"margin", "", above_up_to(0, 1), "predictions are at most this times the limit"},
        limit.margin);
  field({"tolerance", "", at_least(0), "instead: how far above the lowest of the moment"},
        limit.tolerance);
  field({"multiplier", "", at_least(0), "instead: cost per unit of the constraint"},
        limit.multiplier);
}

// What of a user's setting a policy serves, both ends included.
struct ServedRange {
  double low = 0.0;
  double high = 0.0;
};

// From a network's raw output y to the value that it stands for: offset + scale * y, or the
// exponential of that for networks trained on logarithms. A network that predicts Q = -cost has a
// scale below 0.
struct OutputMap {
  double offset = 0.0;
  double scale = 1.0;  // not 0
  bool exponential = false;

  double value(double raw) const;
};
template <typename Visitor, FieldsOf<OutputMap> Config>
void visit(Visitor& field, Config& output) {
  field({"offset", "", any_number(), "added to the scaled output"}, output.offset);
  field({"scale", "", any_number(), "factor on the raw output; not 0"}, output.scale);
  field({"exponential", "", {}, "the exponential of that counts"}, output.exponential);
}

// Where a policy comes from; shown by `flyball inspect`, not used to run it.
struct Provenance {
  std::vector<std::string> logs;  // names of the telemetry logs it was trained on
  bool simulated = false;         // any of them written by a simulation
  std::uint64_t seed = 0;
  std::string version;   // of the program that trained it
  std::string scenario;  // workload and arrivals of the logs; free text
};
template <typename Visitor, FieldsOf<Provenance> Config>
void visit(Visitor& field, Config& provenance) {
  field({"logs", "", {}, "names of the logs it was trained on"}, provenance.logs);
  field({"simulated", "", {}, "any of them written by a simulation"}, provenance.simulated);
  field({"seed", "", {}, "of the training"}, provenance.seed);
  field({"version", "", {}, "of the program that trained it"}, provenance.version);
  field({"scenario", "", {}, "workload and arrivals of the logs"}, provenance.scenario);
}

// How the networks were trained: what their values sum, and how far they look ahead.
struct PolicyTraining {
  SpanCredit credit = SpanCredit::kPeriod;
  double gamma = 0.0;  // discount per decision period
  // Of the requests, asked for where the policy was validated; absent: nothing was asked of it.
  std::optional<double> in_time_share = std::nullopt;
};
template <typename Visitor, FieldsOf<PolicyTraining> Config>
void visit(Visitor& field, Config& training) {
  field({"credit", "", {}, "what of a span was credited to its action"}, training.credit);
  field({"gamma", "", from_below(0, 1), "discount per decision period"}, training.gamma);
  field({"in_time_share", "", above_up_to(0, 1), "of the requests, asked for in validation"},
        training.in_time_share);
}

struct PolicyMetadata {
  std::string board;              // id, "xavier-nx-8gb"
  std::vector<PolicyKnob> knobs;  // one action column each
  EncoderConfig encoder;          // period_seconds in it is the decision period
  RewardConfig reward;
  Head cost_head = Head::kJoint;
  Head constraint_head = Head::kJoint;  // of no meaning without a constraint
  std::size_t members = 1;              // networks per value, of which the highest counts
  OutputMap cost_output;
  OutputMap constraint_output;
  std::optional<ConstraintLimit> constraint;  // present exactly if there is a network "constraint"
  // Served beside the eta of `reward` and the limit of `constraint`; absent: those alone.
  std::optional<ServedRange> served_eta;
  std::optional<ServedRange> served_limit;
  std::vector<std::uint8_t> support;  // per joint action: 1 seen often enough in the logs
  Provenance provenance;
  std::optional<PolicyTraining> training;  // absent: written before files said so
};

// The networks "cost" and, with a limit, "constraint". Each is a chain of dense layers
// "NAME.0.weight" [out, in] (row-major), "NAME.0.bias" [out], "NAME.1.weight", ... with ReLU
// between them and none after the last. The first reads the observation; what the last gives
// depends on the head (policies/head.h): one value per joint action, or one per level of every
// knob, or with a fixed "NAME.phi" [actions, features] the features h of q = phi h. With more than
// one member the others are "NAME_2", "NAME_3", ...
struct PolicyFile {
  PolicyMetadata metadata;
  std::map<std::string, Tensor> tensors;
};

inline constexpr std::size_t kMaxMembers = 16;  // networks per value

inline constexpr int kPolicySchema = 5;

// Of anything that is not a good policy file: names the file, the field and what was expected.
class PolicyFileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws PolicyFileError. `trust`: what the daemon demands of a file that root is going to obey.
PolicyFile load_policy(const std::filesystem::path& path, FileTrust trust = FileTrust::kAny);

// Atomic: a temporary file beside `path`, fsync, rename. Throws PolicyFileError when `file` is
// not consistent, std::system_error when it cannot be written.
void save_policy(const std::filesystem::path& path, const PolicyFile& file);

// Throws PolicyFileError naming the field at fault.
void validate(const PolicyFile& file);

// "crc32:" and 8 hexadecimal digits over metadata and tensors: tells policies apart.
std::string policy_checksum(const PolicyFile& file);

// Joint actions of the knobs: the number of outputs of each network.
std::size_t action_count(const PolicyMetadata& metadata);

// Levels per knob where `network` ("cost" or "constraint") has a branching head; empty otherwise.
std::vector<std::size_t> branches_of(const PolicyMetadata& metadata, const std::string& network);

// The networks `network` ("cost" or "constraint") as one. Throws std::invalid_argument naming the
// tensor at fault.
DenseEnsemble ensemble_of(const PolicyFile& file, const std::string& network);

// The policy's knobs; those of the board turn one domain each, numbered in their order.
std::vector<Knob> knobs_of(const PolicyMetadata& metadata);

// What the networks' inputs are, and their names.
ObservationLayout observation_layout(const PolicyMetadata& metadata);
std::vector<std::string> observation_names(const PolicyMetadata& metadata);

}  // namespace flyball
