#include "policies/policy_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/crc.hpp>
#include <cmath>
#include <set>
#include <system_error>

#include "env/action_space.h"
#include "env/config/check_fields.h"
#include "env/excerpt.h"
#include "env/output_file.h"
#include "policies/known_states.h"
#include "policies/metadata_json.h"

namespace flyball {

namespace {

// Far above any policy (the largest board's is about 2 MB): what a reader agrees to hold.
constexpr std::size_t kMaxFileBytes = std::size_t{256} << 20;

// What a message says of a file's strings: one line, however long they are.
constexpr std::size_t kMessageBytes = 400;

[[noreturn]] void fail(const std::string& message) { throw std::invalid_argument(message); }

// CRC-32 as in zlib (and Python's zlib.crc32): against accidents, not against forgery - that is
// what FileTrust::kOwned is for. Over the content, so that rewriting the header keeps it.
class Checksum {
 public:
  void add(const void* data, std::size_t size) { crc_.process_bytes(data, size); }
  void add(const std::string& text) { add(text.c_str(), text.size() + 1); }
  std::string text() const { return fmt::format("crc32:{:08x}", crc_.checksum()); }

 private:
  boost::crc_32_type crc_;
};

std::string checksum_of(const MetadataMap& metadata, const std::map<std::string, Tensor>& tensors) {
  Checksum checksum;
  for (const auto& [key, value] : metadata) {
    if (key == "checksum") continue;
    checksum.add(key);
    checksum.add(value);
  }
  for (const auto& [name, tensor] : tensors) {
    checksum.add(name);
    checksum.add(fmt::format("{}", fmt::join(tensor.shape, ",")));
    checksum.add(tensor.values.data(), tensor.values.size() * sizeof(float));
  }
  return checksum.text();
}

void check_checksum(const Safetensors& content) {
  const auto written = content.metadata.find("checksum");
  if (written == content.metadata.end()) fail("checksum: absent");
  const std::string computed = checksum_of(content.metadata, content.tensors);
  if (written->second != computed) {
    fail(fmt::format("checksum: '{}' written, '{}' computed: the file is damaged", written->second,
                     computed));
  }
}

// Short, on one line, without control characters: names stand in tables and messages.
bool is_name(const std::string& text) { return excerpt(text) == text; }

void check_knobs(const PolicyMetadata& metadata) {
  if (metadata.board.empty() || !is_name(metadata.board)) fail("board: a board's id expected");
  std::set<std::string> names;
  for (std::size_t k = 0; k < metadata.knobs.size(); ++k) {
    const PolicyKnob& knob = metadata.knobs[k];
    if (knob.name.empty() || !is_name(knob.name) || !names.insert(knob.name).second) {
      fail(fmt::format("knobs[{}].name: '{}', a name of its own expected", k, knob.name));
    }
    double before = 0.0;
    for (std::size_t i = 0; i < knob.levels.size(); ++i) {
      const bool is_nothing = i == 0 && may_be_zero(knob.name) && knob.levels[i] == 0.0;
      if ((!(knob.levels[i] > before) && !is_nothing) || !std::isfinite(knob.levels[i])) {
        fail(fmt::format("knobs[{}].levels[{}] = {}: must be above {}", k, i, knob.levels[i],
                         before));
      }
      before = knob.levels[i];
    }
  }
}

void check_output(const OutputMap& output, const char* name) {
  check_fields(output, name);
  if (output.scale == 0.0) fail(fmt::format("{}.scale = 0: must be finite and not 0", name));
}

void check_constraint(const PolicyMetadata& metadata) {
  if (!metadata.constraint) return;
  const ConstraintLimit& limit = *metadata.constraint;
  check_fields(limit, "constraint");
  if (limit.kind == ConstraintKind::kMissRate && limit.limit > 1.0) {
    fail(fmt::format("constraint.limit = {}: a miss rate is at most 1", limit.limit));
  }
  const bool exponential =
      metadata.cost_output.exponential || metadata.constraint_output.exponential;
  if (limit.multiplier && (limit.tolerance || exponential)) {
    fail("constraint.multiplier: neither with a tolerance nor with exponential outputs");
  }
  check_output(metadata.constraint_output, "constraint_output");
}

// Of several members the highest counts, which has to be the highest cost.
void check_members(const PolicyMetadata& metadata) {
  if (metadata.members < 1 || metadata.members > kMaxMembers) {
    fail(fmt::format("heads.members = {}: must be 1 to {}", metadata.members, kMaxMembers));
  }
  const bool is_reward = metadata.cost_output.scale < 0.0 ||
                         (metadata.constraint && metadata.constraint_output.scale < 0.0);
  if (metadata.members > 1 && is_reward) {
    fail("heads.members: must be 1 where an output's scale is below 0");
  }
}

void check_served(const PolicyMetadata& metadata) {
  const auto check_range = [](const std::optional<ServedRange>& range, const char* key,
                              double lowest) {
    if (range && !(range->low >= lowest && range->low <= range->high)) {
      fail(fmt::format("served.{} = [{}, {}]: from {} on, ascending, expected", key, range->low,
                       range->high, lowest));
    }
  };
  check_range(metadata.served_eta, "eta", 0.0);
  check_range(metadata.served_limit, "limit", 0.0);
  if (metadata.served_eta && metadata.served_eta->high > 1.0)
    fail("served.eta: at most 1 expected");
  if (metadata.served_eta && !metadata.encoder.with_eta) {
    fail("served.eta: the observation does not hold eta");
  }
  const auto& constraint = metadata.constraint;
  if (metadata.served_limit && (!constraint || constraint->tolerance || constraint->multiplier)) {
    fail("served.limit: a constraint without tolerance and multiplier expected");
  }
  if (metadata.encoder.with_limit && !metadata.served_limit) {
    fail("served.limit: absent, though encoder.with_limit is true");
  }
}

void check_support(const PolicyMetadata& metadata) {
  const std::size_t actions = action_count(metadata);
  if (metadata.support.size() != actions) {
    fail(fmt::format("support: {} entries, {} joint actions", metadata.support.size(), actions));
  }
  if (std::find(metadata.support.begin(), metadata.support.end(), 1) == metadata.support.end()) {
    fail("support: no joint action is supported");
  }
}

Head head_of(const PolicyMetadata& metadata, const std::string& network) {
  return network == "cost" ? metadata.cost_head : metadata.constraint_head;
}

void check_member(const PolicyFile& file, const DenseNetwork& network, const std::string& name,
                  const std::string& member) {
  if (network.has_phi() != (head_of(file.metadata, name) == Head::kSmooth)) {
    fail(fmt::format("heads.{}: '{}', but the file has {} tensor '{}.phi'", name,
                     to_string(head_of(file.metadata, name)), network.has_phi() ? "a" : "no",
                     member));
  }
  const std::size_t inputs = observation_names(file.metadata).size();
  if (network.input_size() != inputs) {
    fail(fmt::format("tensor '{}.0.weight': {} inputs, the observation has {}", member,
                     network.input_size(), inputs));
  }
  const std::size_t actions = action_count(file.metadata);
  if (network.output_size() != actions) {
    fail(fmt::format("tensors '{}.*': {} outputs, there are {} joint actions", member,
                     network.output_size(), actions));
  }
}

// Checks the network and its fellows; returns how many tensors they are made of.
std::size_t check_networks(const PolicyFile& file, const std::string& name) {
  const DenseEnsemble ensemble = ensemble_of(file, name);
  std::size_t tensors = 0;
  for (std::size_t m = 0; m < ensemble.members().size(); ++m) {
    const DenseNetwork& member = ensemble.members()[m];
    check_member(file, member, name, member_name(name, m));
    tensors += 2 * member.shapes().size() - (member.has_phi() ? 1 : 0);
  }
  return tensors;
}

// Every tensor belongs to a network that the metadata announces or says which states are known, and
// holds finite numbers.
void check_tensors(const PolicyFile& file) {
  std::size_t expected = 0;
  for (const char* name : {"cost", "constraint"}) {
    if (std::string(name) == "constraint" && !file.metadata.constraint) continue;
    expected += check_networks(file, name);
  }
  if (const auto known = file.tensors.find(kKnownStates); known != file.tensors.end()) {
    check_known_states(known->second, observation_names(file.metadata).size());
    ++expected;
  }
  for (const auto& [name, tensor] : file.tensors) {
    const auto bad = std::find_if_not(tensor.values.begin(), tensor.values.end(),
                                      [](float value) { return std::isfinite(value); });
    if (bad != tensor.values.end()) {
      fail(fmt::format("tensor '{}': value {} is {}, finite numbers expected", name,
                       bad - tensor.values.begin(), *bad));
    }
  }
  if (file.tensors.size() != expected) {
    fail(fmt::format("tensors: {} in the file, the networks are made of {}", file.tensors.size(),
                     expected));
  }
}

void check(const PolicyFile& file) {
  check_knobs(file.metadata);
  validate(file.metadata.encoder);
  validate(file.metadata.reward);
  check_output(file.metadata.cost_output, "cost_output");
  check_constraint(file.metadata);
  check_members(file.metadata);
  check_served(file.metadata);
  if (file.metadata.training) check_fields(*file.metadata.training, "training");
  check_support(file.metadata);
  check_tensors(file);
}

// Files of schema 1 do not name their heads: a network with a phi has the smooth one, else the
// joint.
void find_heads(const MetadataMap& map, PolicyFile& file) {
  if (map.contains("heads")) return;
  const auto head = [&file](const char* phi) {
    return file.tensors.contains(phi) ? Head::kSmooth : Head::kJoint;
  };
  file.metadata.cost_head = head("cost.phi");
  file.metadata.constraint_head = head("constraint.phi");
}

}  // namespace

double OutputMap::value(double raw) const {
  const double linear = offset + scale * raw;
  return exponential ? std::exp(linear) : linear;
}

PolicyFile load_policy(const std::filesystem::path& path, FileTrust trust) {
  try {
    Safetensors content = parse_safetensors(read_file(path, kMaxFileBytes, trust));
    PolicyFile file;
    file.metadata = metadata_from_map(content.metadata);
    check_checksum(content);
    file.tensors = std::move(content.tensors);
    find_heads(content.metadata, file);
    check(file);
    return file;
  } catch (const std::invalid_argument& error) {
    throw PolicyFileError(
        fmt::format("{}: {}", path.string(), excerpt(error.what(), kMessageBytes)));
  } catch (const PolicyFileError&) {
    throw;
  } catch (const std::runtime_error& error) {  // names the file itself
    throw PolicyFileError(error.what());
  }
}

void save_policy(const std::filesystem::path& path, const PolicyFile& file) {
  validate(file);
  Safetensors content{to_map(file.metadata), file.tensors};
  content.metadata["checksum"] = policy_checksum(file);
  write_output(path, write_safetensors(content), 0644);  // flyballd refuses what others may write
}

std::string policy_checksum(const PolicyFile& file) {
  return checksum_of(to_map(file.metadata), file.tensors);
}

void validate(const PolicyFile& file) {
  try {
    check(file);
  } catch (const std::invalid_argument& error) {
    throw PolicyFileError(fmt::format("policy: {}", error.what()));
  }
}

std::size_t action_count(const PolicyMetadata& metadata) {
  return action_space_of(metadata.knobs).size();
}

std::vector<std::size_t> branches_of(const PolicyMetadata& metadata, const std::string& network) {
  if (head_of(metadata, network) != Head::kBranching) return {};
  const ActionSpace actions = action_space_of(metadata.knobs);
  return {actions.counts().begin(), actions.counts().end()};
}

DenseEnsemble ensemble_of(const PolicyFile& file, const std::string& network) {
  return {network, file.tensors, branches_of(file.metadata, network), file.metadata.members};
}

std::vector<Knob> knobs_of(const PolicyMetadata& metadata) {
  std::vector<Knob> knobs;
  std::size_t domains = 0;
  for (const PolicyKnob& knob : metadata.knobs) {
    knobs.push_back({knob.name, knob.levels, {}});
    if (!knob.application) knobs.back().domains.push_back(domains++);
  }
  return knobs;
}

ObservationLayout observation_layout(const PolicyMetadata& metadata) {
  return {metadata.encoder, knobs_of(metadata)};
}

std::vector<std::string> observation_names(const PolicyMetadata& metadata) {
  return observation_layout(metadata).names();
}

}  // namespace flyball
