#include "policies/metadata_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "policies/bounded_json.h"

namespace flyball {

namespace {

using nlohmann::json;

[[noreturn]] void fail(const std::string& message) { throw std::invalid_argument(message); }

// What a value of type T looks like in JSON; `as` refuses everything else.
bool is_a(const json& value, const double&) { return value.is_number(); }
bool is_a(const json& value, const bool&) { return value.is_boolean(); }
bool is_a(const json& value, const std::uint64_t&) { return value.is_number_unsigned(); }
bool is_a(const json& value, const std::string&) { return value.is_string(); }
template <typename T>
bool is_a(const json& value, const std::vector<T>&) {
  return value.is_array() &&
         std::all_of(value.begin(), value.end(), [](const json& e) { return is_a(e, T{}); });
}
const char* name_of(const double&) { return "a number"; }
const char* name_of(const bool&) { return "true or false"; }
const char* name_of(const std::uint64_t&) { return "an integer >= 0"; }
const char* name_of(const std::string&) { return "a string"; }
const char* name_of(const std::vector<double>&) { return "a list of numbers"; }
const char* name_of(const std::vector<std::string>&) { return "a list of strings"; }

// Each config lists its fields once; a writer and a reader visit them.
template <typename Visitor>
void visit(Visitor&& field, PolicyKnob& knob) {
  field("name", knob.name);
  field("levels", knob.levels);
  field("application", knob.application);
}
template <typename Visitor>
void visit(Visitor&& field, EncoderConfig& encoder) {
  field("period_seconds", encoder.period_seconds);
  field("eta", encoder.eta);
  field("limit", encoder.limit);
  field("limit_scale", encoder.limit_scale);
  field("with_effective", encoder.with_effective);
  field("with_utilization", encoder.with_utilization);
  field("with_queue", encoder.with_queue);
  field("with_arrivals", encoder.with_arrivals);
  field("with_slack", encoder.with_slack);
  field("with_deadline", encoder.with_deadline);
  field("with_power", encoder.with_power);
  field("with_temperature", encoder.with_temperature);
  field("with_eta", encoder.with_eta);
  field("with_limit", encoder.with_limit);
  field("with_mode", encoder.with_mode);
  field("with_previous_action", encoder.with_previous_action);
  field("with_t_as", encoder.with_t_as);
  field("with_vector_to_go", encoder.with_vector_to_go);
  field("queue_scale", encoder.queue_scale);
  field("rate_scale", encoder.rate_scale);
  field("slack_scale_seconds", encoder.slack_scale_seconds);
  field("power_scale_watts", encoder.power_scale_watts);
}
template <typename Visitor>
void visit(Visitor&& field, RewardConfig& reward) {
  field("eta", reward.eta);
  field("energy_reference_joules", reward.energy_reference_joules);
  field("latency_reference_seconds", reward.latency_reference_seconds);
  field("rho", reward.rho);
  field("miss_penalty", reward.miss_penalty);
}
template <typename Visitor>
void visit(Visitor&& field, OutputMap& output) {
  field("offset", output.offset);
  field("scale", output.scale);
  field("exponential", output.exponential);
}
template <typename Visitor>
void visit(Visitor&& field, Provenance& provenance) {
  field("logs", provenance.logs);
  field("simulated", provenance.simulated);
  field("seed", provenance.seed);
  field("version", provenance.version);
  field("scenario", provenance.scenario);
}
// The kind of a limit travels as a word.
struct LimitFields {
  std::string kind;
  double limit = 0.0;
  double margin = 1.0;
};
template <typename Visitor>
void visit(Visitor&& field, LimitFields& limit) {
  field("kind", limit.kind);
  field("limit", limit.limit);
  field("margin", limit.margin);
}

template <typename Config>
json to_json(Config config) {
  json object = json::object();
  visit([&object](const char* key, const auto& value) { object[key] = value; }, config);
  return object;
}

// Reads an object that holds exactly the fields of Config.
template <typename Config>
Config from_json(const json& object, const std::string& path) {
  if (!object.is_object()) fail(path + ": an object expected");
  Config config;
  std::size_t known = 0;
  visit(
      [&](const char* key, auto& value) {
        const auto found = object.find(key);
        if (found == object.end()) fail(fmt::format("{}.{}: absent", path, key));
        if (!is_a(*found, value)) {
          fail(fmt::format("{}.{}: {}, {} expected", path, key, found->dump(), name_of(value)));
        }
        found->get_to(value);
        ++known;
      },
      config);
  if (object.size() != known) {
    fail(fmt::format("{}: {} fields, {} expected: written for another schema", path, object.size(),
                     known));
  }
  return config;
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

const char* to_string(ConstraintKind kind) {
  return kind == ConstraintKind::kLatency ? "latency" : "miss_rate";
}

// Takes an optional number out of the object.
std::optional<double> take_number(json& object, const char* key, const char* path) {
  if (!object.is_object() || !object.contains(key)) return std::nullopt;
  const json number = object[key];
  if (!number.is_number()) {
    fail(fmt::format("{}.{}: {}, a number expected", path, key, number.dump()));
  }
  object.erase(key);
  return number.get<double>();
}

ConstraintLimit limit_from(json object) {
  ConstraintLimit limit;
  limit.tolerance = take_number(object, "tolerance", "constraint");
  limit.multiplier = take_number(object, "multiplier", "constraint");
  const auto fields = from_json<LimitFields>(object, "constraint");
  limit.limit = fields.limit;
  limit.margin = fields.margin;
  if (fields.kind == to_string(ConstraintKind::kMissRate)) {
    limit.kind = ConstraintKind::kMissRate;
  } else if (fields.kind != to_string(ConstraintKind::kLatency)) {
    fail(fmt::format("constraint.kind: '{}', 'latency' or 'miss_rate' expected", fields.kind));
  }
  return limit;
}

json served_json(const PolicyMetadata& metadata) {
  json served = json::object();
  const auto add = [&served](const char* key, const std::optional<ServedRange>& range) {
    if (range) served[key] = {range->low, range->high};
  };
  add("eta", metadata.served_eta);
  add("limit", metadata.served_limit);
  return served;
}

void read_served(const json& object, PolicyMetadata& metadata) {
  if (!object.is_object()) fail("served: an object expected");
  for (const auto& [key, range] : object.items()) {
    if (key != "eta" && key != "limit") fail(fmt::format("served.{}: unknown key", key));
    if (!is_a(range, std::vector<double>{}) || range.size() != 2) {
      fail(fmt::format("served.{}: {}, two numbers expected", key, range.dump()));
    }
    (key == "eta" ? metadata.served_eta : metadata.served_limit) =
        ServedRange{range[0].get<double>(), range[1].get<double>()};
  }
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

std::vector<PolicyKnob> knobs_from(const json& list) {
  if (!list.is_array()) fail("knobs: a list expected");
  std::vector<PolicyKnob> knobs;
  for (const json& object : list) {
    knobs.push_back(from_json<PolicyKnob>(object, fmt::format("knobs[{}]", knobs.size())));
  }
  return knobs;
}

void read_heads(const json& object, bool with_constraint, PolicyMetadata& metadata) {
  if (!object.is_object() || object.size() != (with_constraint ? 2U : 1U)) {
    fail(fmt::format("heads: {}, an object with a head per network expected", object.dump()));
  }
  const auto read = [&object](const char* network, Head& head) {
    const auto found = object.find(network);
    if (found == object.end() || !found->is_string()) {
      fail(fmt::format("heads.{}: a string expected", network));
    }
    try {
      head = head_from(found->get<std::string>());
    } catch (const std::invalid_argument& error) {
      fail(fmt::format("heads.{}: {}", network, error.what()));
    }
  };
  read("cost", metadata.cost_head);
  if (with_constraint) read("constraint", metadata.constraint_head);
}

void check_keys(const MetadataMap& map) {
  static constexpr const char* kKeys[] = {
      "board",  "checksum", "constraint", "constraint_output", "cost_output", "encoder",
      "format", "heads",    "knobs",      "observation",       "provenance",  "reward",
      "schema", "served",   "support"};
  for (const auto& [key, value] : map) {
    if (std::find(std::begin(kKeys), std::end(kKeys), key) == std::end(kKeys)) {
      fail(fmt::format("{}: unknown key", key));
    }
  }
  if (text_at(map, "format") != "flyball-policy") {
    fail(fmt::format("format: '{}', 'flyball-policy' expected", text_at(map, "format")));
  }
  if (text_at(map, "schema") != std::to_string(kPolicySchema)) {
    fail(
        fmt::format("schema: '{}', '{}' expected: written by another version of flyball; train "
                    "again or use that version",
                    text_at(map, "schema"), kPolicySchema));
  }
}

}  // namespace

MetadataMap to_map(const PolicyMetadata& metadata) {
  MetadataMap map;
  json knobs = json::array();
  for (const PolicyKnob& knob : metadata.knobs) knobs.push_back(to_json(knob));
  map["format"] = "flyball-policy";
  map["schema"] = std::to_string(kPolicySchema);
  map["board"] = metadata.board;
  map["knobs"] = knobs.dump();
  map["encoder"] = to_json(metadata.encoder).dump();
  map["observation"] = json(observation_names(metadata)).dump();
  map["reward"] = to_json(metadata.reward).dump();
  json heads = {{"cost", to_string(metadata.cost_head)}};
  if (metadata.constraint) heads["constraint"] = to_string(metadata.constraint_head);
  map["heads"] = heads.dump();
  map["cost_output"] = to_json(metadata.cost_output).dump();
  if (metadata.constraint) {
    const ConstraintLimit& limit = *metadata.constraint;
    json fields = to_json(LimitFields{to_string(limit.kind), limit.limit, limit.margin});
    if (limit.tolerance) fields["tolerance"] = *limit.tolerance;
    if (limit.multiplier) fields["multiplier"] = *limit.multiplier;
    map["constraint"] = fields.dump();
    map["constraint_output"] = to_json(metadata.constraint_output).dump();
  }
  map["served"] = served_json(metadata).dump();
  map["support"] = support_to_hex(metadata.support);
  map["provenance"] = to_json(metadata.provenance).dump();
  return map;
}

PolicyMetadata metadata_from_map(const MetadataMap& map) {
  check_keys(map);
  PolicyMetadata metadata;
  metadata.board = text_at(map, "board");
  metadata.knobs = knobs_from(json_at(map, "knobs"));
  metadata.encoder = from_json<EncoderConfig>(json_at(map, "encoder"), "encoder");
  metadata.reward = from_json<RewardConfig>(json_at(map, "reward"), "reward");
  read_heads(json_at(map, "heads"), map.contains("constraint"), metadata);
  metadata.cost_output = from_json<OutputMap>(json_at(map, "cost_output"), "cost_output");
  if (map.contains("constraint")) {
    metadata.constraint = limit_from(json_at(map, "constraint"));
    metadata.constraint_output =
        from_json<OutputMap>(json_at(map, "constraint_output"), "constraint_output");
  } else if (map.contains("constraint_output")) {
    fail("constraint_output: there is no constraint");
  }
  read_served(json_at(map, "served"), metadata);
  metadata.support = support_from_hex(text_at(map, "support"), action_count(metadata));
  metadata.provenance = from_json<Provenance>(json_at(map, "provenance"), "provenance");
  // The encoder may change between versions; the networks must see what they were trained on.
  const std::vector<std::string> names = observation_names(metadata);
  const json written = json_at(map, "observation");
  if (written != json(names)) {
    fail(fmt::format("observation: {}, this version encodes [{}]", written.dump(),
                     fmt::join(names, ", ")));
  }
  return metadata;
}

}  // namespace flyball
