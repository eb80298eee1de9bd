#include "controllers/evaluation/governor_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "controllers/fixed_governor.h"
#include "controllers/kernel_governors.h"
#include "controllers/learned_governor.h"
#include "env/nearest_name.h"

namespace flyball {

namespace {

constexpr const char* kFixedPrefix = "fixed:";
constexpr const char* kModePrefix = "nvpmodel:";
constexpr const char* kPolicySuffix = ".flyball";

// Items of a list separated by commas; "KNOB=VALUE" after a fixed item belongs to that.
std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> items;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string item = text.substr(begin, end - begin);
    const bool continues = !items.empty() && items.back().starts_with(kFixedPrefix) &&
                           item.find('=') != std::string::npos && !item.starts_with(kFixedPrefix);
    if (continues) {
      items.back() += "," + item;
    } else {
      items.push_back(item);
    }
    begin = end + 1;
  }
  return items;
}

double parse_value(const std::string& text, const std::string& item) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const std::string unit = end;
  const double factor = unit == "GHz" ? 1e9 : unit == "MHz" ? 1e6 : unit == "kHz" ? 1e3 : 1.0;
  const bool known_unit = unit.empty() || unit == "Hz" || factor != 1.0;
  if (end == text.c_str() || !known_unit || !(number > 0.0) || !std::isfinite(number)) {
    throw std::invalid_argument(fmt::format(
        "{}: \"{}\" is no value above 0, with Hz, kHz, MHz, GHz or nothing", item, text));
  }
  return number * factor;
}

std::map<std::string, double> parse_fixed(const std::string& item) {
  std::map<std::string, double> values;
  std::size_t begin = std::string(kFixedPrefix).size();
  while (begin <= item.size()) {
    const std::size_t end = std::min(item.find(',', begin), item.size());
    const std::size_t equals = item.find('=', begin);
    if (equals == std::string::npos || equals > end || equals == begin) {
      throw std::invalid_argument(fmt::format("{}: expected fixed:KNOB=VALUE,KNOB=VALUE", item));
    }
    values[item.substr(begin, equals - begin)] =
        parse_value(item.substr(equals + 1, end - equals - 1), item);
    begin = end + 1;
  }
  return values;
}

int parse_mode(const std::string& item) {
  const char* begin = item.data() + std::string(kModePrefix).size();
  int id = 0;
  const auto [end, error] = std::from_chars(begin, item.data() + item.size(), id);
  if (error == std::errc{} && end == item.data() + item.size() && id >= 0) return id;
  throw std::invalid_argument(fmt::format(
      "{}: expected nvpmodel:ID, the number of a mode (flyball boards lists them)", item));
}

[[noreturn]] void refuse(const std::string& item) {
  std::vector<std::string> known = {"stock",     kBestFixed,      "oracle",     kBestPerPhase,
                                    kQueueTable, kFineTuningName, kJetsonClocks};
  for (const std::string& name : kernel_governor_names()) known.push_back(name);
  throw std::invalid_argument(
      fmt::format("no governor \"{}\"{} (there are: {}, nvpmodel:ID, fixed:KNOB=VALUE,..., and "
                  "policy files FILE{})",
                  item, did_you_mean(item, known), join_names(known), kPolicySuffix));
}

GovernorChoice parse_one(const std::string& item) {
  using Kind = GovernorChoice::Kind;
  const std::vector<std::string> kernel = kernel_governor_names();
  if (item == "stock") return stock_choice();
  if (item == kBestFixed || item == "oracle") return oracle_choice();
  if (item == kBestPerPhase) return best_per_phase_choice();
  if (item == kQueueTable) return queue_table_choice();
  if (item == kFineTuningName) return fine_tuning_choice();
  if (std::find(kernel.begin(), kernel.end(), item) != kernel.end()) return kernel_choice(item);
  if (item == kJetsonClocks) return kernel_choice(item);
  if (item.starts_with(kModePrefix)) {
    GovernorChoice choice{Kind::kMode, item, {}, nullptr};
    choice.mode = parse_mode(item);
    return choice;
  }
  if (item.starts_with(kFixedPrefix)) return {Kind::kFixed, item, parse_fixed(item), nullptr};
  if (item.ends_with(kPolicySuffix)) {
    return {Kind::kPolicy,
            std::filesystem::path(item).stem().string(),
            {},
            std::make_shared<const PolicyFile>(load_policy(item))};
  }
  refuse(item);
}

}  // namespace

std::unique_ptr<Governor> GovernorChoice::make(std::uint64_t seed) const {
  if (kind == Kind::kMade) return make_own(seed);
  if (kind == Kind::kFixed) return std::make_unique<FixedGovernor>(values);
  if (kind == Kind::kPolicy) return make_policy();
  return nullptr;
}

std::unique_ptr<LearnedGovernor> GovernorChoice::make_policy() const {
  auto learned = std::make_unique<LearnedGovernor>(*policy, name);
  if (guarded) learned->guard(guard_config(policy->metadata));
  return learned;
}

std::vector<std::string> GovernorChoice::knobs() const {
  std::vector<std::string> names = leases;
  for (const auto& [knob, value] : values) names.push_back(knob);
  if (policy) {
    for (const PolicyKnob& knob : policy->metadata.knobs) names.push_back(knob.name);
  }
  return names;
}

GovernorChoice stock_choice() { return {GovernorChoice::Kind::kStock, "stock", {}, nullptr}; }

GovernorChoice oracle_choice() { return {GovernorChoice::Kind::kOracle, kBestFixed, {}, nullptr}; }

GovernorChoice best_per_phase_choice() {
  return {GovernorChoice::Kind::kPhases, kBestPerPhase, {}, nullptr};
}

GovernorChoice queue_table_choice() {
  return {GovernorChoice::Kind::kTable, kQueueTable, {}, nullptr};
}

GovernorChoice fine_tuning_choice() {
  return {GovernorChoice::Kind::kFineTuning, kFineTuningName, {}, nullptr};
}

GovernorChoice kernel_choice(std::string name) {
  return {GovernorChoice::Kind::kKernel, std::move(name), {}, nullptr};
}

GovernorChoice policy_choice(std::shared_ptr<const PolicyFile> policy) {
  return {GovernorChoice::Kind::kPolicy, "policy", {}, std::move(policy)};
}

std::vector<GovernorChoice> parse_governors(const std::string& text) {
  std::vector<GovernorChoice> choices;
  for (const std::string& item : split(text)) choices.push_back(parse_one(item));
  return choices;
}

}  // namespace flyball
