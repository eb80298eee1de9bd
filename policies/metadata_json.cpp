#include "policies/metadata_json.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>

#include "env/config/check_fields.h"
#include "env/config/fields_json.h"
#include "policies/bounded_json.h"

namespace flyball {

namespace {

using nlohmann::json;

[[noreturn]] void fail(const std::string& message) { throw std::invalid_argument(message); }

// Entries of the map that have no struct of their own.
struct Heads {
  Head cost = Head::kJoint;
  std::optional<Head> constraint;  // present exactly if there is a constraint
  std::size_t members = 1;
};
template <typename Visitor, FieldsOf<Heads> Config>
void visit(Visitor& field, Config& heads) {
  field({"cost", "", {}, "head of the network cost", Need::kRequired}, heads.cost);
  field({"constraint", "", {}, "head of the network constraint"}, heads.constraint);
  field({"members", "", within(1, kMaxMembers), "networks per value, of which the highest counts"},
        heads.members);
}

struct Served {
  std::optional<ServedRange> eta;
  std::optional<ServedRange> limit;
};
template <typename Visitor, FieldsOf<Served> Config>
void visit(Visitor& field, Config& served) {
  field({"eta", "", within(0, 1), "preferences that may be asked for"}, served.eta);
  field({"limit", "", at_least(0), "limits that may be asked for"}, served.limit);
}

struct Knobs {
  std::vector<PolicyKnob> knobs;
};
template <typename Visitor, FieldsOf<Knobs> Config>
void visit(Visitor& field, Config& list) {
  field({"knobs", "", {}, "one action column each", Need::kRequired}, list.knobs);
}

const std::string& text_at(const MetadataMap& map, const std::string& key) {
  const auto found = map.find(key);
  if (found == map.end()) fail(fmt::format("{}: absent", key));
  return found->second;
}

json json_at(const MetadataMap& map, const std::string& key) {
  const std::string& text = text_at(map, key);
  try {
    return parse_json(text);
  } catch (const std::invalid_argument& error) {
    fail(fmt::format("{}: {}", key, error.what()));
  }
}

template <typename Config>
std::string text_of(const Config& config) {
  return fields_to_json<json>(config).dump();
}

template <typename Config>
Config read(const MetadataMap& map, const std::string& key) {
  Config config = fields_from_json<Config>(json_at(map, key), key);
  check_fields(config, key);
  return config;
}

// Four actions a hexadecimal digit; action i is bit i mod 4 of digit i / 4.
std::string support_to_hex(const std::vector<std::uint8_t>& support) {
  std::string hex((support.size() + 3) / 4, '0');
  for (std::size_t digit = 0; digit < hex.size(); ++digit) {
    unsigned bits = 0;
    for (std::size_t bit = 0; bit < 4 && digit * 4 + bit < support.size(); ++bit) {
      if (support[digit * 4 + bit] != 0) bits |= 1U << bit;
    }
    hex[digit] = "0123456789abcdef"[bits];
  }
  return hex;
}

std::vector<std::uint8_t> support_from_hex(const std::string& text, std::size_t actions) {
  if (text.size() != (actions + 3) / 4) {
    fail(fmt::format("support: {} digits, {} expected for {} joint actions", text.size(),
                     (actions + 3) / 4, actions));
  }
  std::vector<std::uint8_t> support;
  for (const char c : text) {
    const std::size_t value = std::string_view("0123456789abcdef").find(c);
    if (value == std::string_view::npos) fail("support: hexadecimal digits expected");
    for (std::size_t bit = 0; bit < 4; ++bit) {
      support.push_back(static_cast<std::uint8_t>((value >> bit) & 1U));
    }
  }
  for (std::size_t i = actions; i < support.size(); ++i) {
    if (support[i] != 0) fail(fmt::format("support: more than {} joint actions", actions));
  }
  support.resize(actions);
  return support;
}

// The schema that the file names. Schema 1 had no heads, schema 2 no "served": both read as what an
// absent entry means. Within schema 1 the scale of slack and deadline changed, so that the number
// does not tell what such a network saw.
int check_schema(const MetadataMap& map) {
  const std::string& text = text_at(map, "schema");
  int schema = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), schema);
  if (error != std::errc() || end != text.data() + text.size() || schema < 1 ||
      schema > kPolicySchema) {
    fail(
        fmt::format("schema: '{}', 1 to {} expected: written by another version of flyball; train "
                    "again or use that version",
                    text, kPolicySchema));
  }
  return schema;
}

void check_keys(const MetadataMap& map) {
  static constexpr const char* kKeys[] = {
      "board",  "checksum", "constraint", "constraint_output", "cost_output", "encoder",
      "format", "heads",    "knobs",      "observation",       "provenance",  "reward",
      "schema", "served",   "support",    "training"};
  for (const auto& [key, value] : map) {
    if (std::find(std::begin(kKeys), std::end(kKeys), key) == std::end(kKeys)) {
      fail(fmt::format("{}: unknown key, of a newer version or mistyped", key));
    }
  }
  if (text_at(map, "format") != "flyball-policy") {
    fail(fmt::format("format: '{}', 'flyball-policy' expected", text_at(map, "format")));
  }
}

void read_heads(const MetadataMap& map, PolicyMetadata& metadata) {
  const auto heads = read<Heads>(map, "heads");
  if (heads.constraint.has_value() != metadata.constraint.has_value()) {
    fail(fmt::format("heads.constraint: {}",
                     metadata.constraint ? "absent" : "there is no constraint"));
  }
  metadata.cost_head = heads.cost;
  metadata.constraint_head = heads.constraint.value_or(Head::kJoint);
  metadata.members = heads.members;
}

void read_constraint(const MetadataMap& map, PolicyMetadata& metadata) {
  if (map.contains("constraint")) {
    metadata.constraint = read<ConstraintLimit>(map, "constraint");
    metadata.constraint_output = read<OutputMap>(map, "constraint_output");
  } else if (map.contains("constraint_output")) {
    fail("constraint_output: there is no constraint");
  }
}

// The encoder may change between versions; the networks must see what they were trained on.
void check_observation(const MetadataMap& map, const PolicyMetadata& metadata) {
  const std::vector<std::string> names = observation_names(metadata);
  const json written = json_at(map, "observation");
  if (written != json(names)) {
    fail(fmt::format("observation: {}, this version encodes [{}]", written.dump(),
                     fmt::join(names, ", ")));
  }
  if (check_schema(map) == 1 && (metadata.encoder.with_slack || metadata.encoder.with_deadline)) {
    fail(
        "schema: '1' with slack or deadline in its observation, whose scale it does not tell: "
        "train again");
  }
}

}  // namespace

MetadataMap to_map(const PolicyMetadata& metadata) {
  MetadataMap map;
  Heads heads{metadata.cost_head, std::nullopt, metadata.members};
  if (metadata.constraint) heads.constraint = metadata.constraint_head;
  map["format"] = "flyball-policy";
  map["schema"] = std::to_string(kPolicySchema);
  map["board"] = metadata.board;
  map["knobs"] = to_json_value<json>(metadata.knobs).dump();
  map["encoder"] = text_of(metadata.encoder);
  map["observation"] = json(observation_names(metadata)).dump();
  map["reward"] = text_of(metadata.reward);
  map["heads"] = text_of(heads);
  map["cost_output"] = text_of(metadata.cost_output);
  if (metadata.constraint) {
    map["constraint"] = text_of(*metadata.constraint);
    map["constraint_output"] = text_of(metadata.constraint_output);
  }
  map["served"] = text_of(Served{metadata.served_eta, metadata.served_limit});
  map["support"] = support_to_hex(metadata.support);
  map["provenance"] = text_of(metadata.provenance);
  if (metadata.training) map["training"] = text_of(*metadata.training);
  return map;
}

PolicyMetadata metadata_from_map(const MetadataMap& map) {
  check_keys(map);
  check_schema(map);
  PolicyMetadata metadata;
  metadata.board = text_at(map, "board");
  metadata.knobs = fields_from_json<Knobs>(json{{"knobs", json_at(map, "knobs")}}, "").knobs;
  metadata.encoder = read<EncoderConfig>(map, "encoder");
  metadata.reward = read<RewardConfig>(map, "reward");
  metadata.cost_output = read<OutputMap>(map, "cost_output");
  read_constraint(map, metadata);
  if (map.contains("heads")) read_heads(map, metadata);
  if (map.contains("served")) {
    const auto served = read<Served>(map, "served");
    metadata.served_eta = served.eta;
    metadata.served_limit = served.limit;
  }
  metadata.support = support_from_hex(text_at(map, "support"), action_count(metadata));
  metadata.provenance = read<Provenance>(map, "provenance");
  if (map.contains("training")) metadata.training = read<PolicyTraining>(map, "training");
  check_observation(map, metadata);
  return metadata;
}

}  // namespace flyball
