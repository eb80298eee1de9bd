#include "tools/commands/inspect_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "agent/training/policy_report.h"
#include "controllers/learned_governor.h"
#include "env/errors.h"
#include "env/excerpt.h"
#include "env/logs/telemetry_log.h"
#include "policies/dense_network.h"
#include "policies/policy_file.h"
#include "tools/commands/inspect_dataset.h"
#include "tools/commands/inspect_log.h"
#include "tools/console.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

struct InspectOptions {
  std::string policy;
  std::vector<std::string> logs;
  std::optional<SpanCredit> credit;  // absent: as the policy says
  bool json = false;
};

constexpr const char* kUnsaid = "not said (written before policy files did)";

const char* text_of(SpanCredit credit) {
  return credit == SpanCredit::kPeriod ? "period" : "whole_batches";
}

// As the policy was trained; of an old file that does not say it, as told.
SpanCredit credit_of(const PolicyFile& file, const InspectOptions& options) {
  const auto& training = file.metadata.training;
  if (!training) {
    if (!options.credit) {
      remark(
          "{}: how it was trained is {}: costs are counted over whole batches; with --credit "
          "period by period\n",
          options.policy, kUnsaid);
    }
    return options.credit.value_or(SpanCredit::kWholeBatches);
  }
  if (options.credit && *options.credit != training->credit) {
    throw DataError(
        fmt::format("{}: trained with credit {}, which --credit {} contradicts: leave "
                    "--credit out",
                    options.policy, text_of(training->credit), text_of(*options.credit)));
  }
  return training->credit;
}

// A state of the board to try the policy on: every knob at the same share of its table.
struct Situation {
  const char* name;
  double utilization;
  double level_share;
};
constexpr Situation kSituations[] = {{"idle, lowest levels", 0.0, 0.0},
                                     {"half busy, middle levels", 0.5, 0.5},
                                     {"busy, lowest levels", 1.0, 0.0},
                                     {"busy, highest levels", 1.0, 1.0}};

struct Choice {
  const char* situation;
  std::vector<double> levels;
  PredictedAction predicted;
  bool feasible = true;
};

// A plant with the policy's knobs and nothing else: one domain each, no limits.
PlantDescription plant_of(const PolicyMetadata& metadata) {
  PlantDescription plant;
  plant.board = metadata.board;
  plant.has_application = true;
  plant.knobs = knobs_of(metadata);
  for (const Knob& knob : plant.knobs) {
    plant.limits.push_back({0, static_cast<Level>(knob.levels.size() - 1)});
    if (knob.is_application()) continue;
    plant.domains.push_back({knob.name, DomainKind::kGpu, knob.levels, 0.0, {}});
  }
  return plant;
}

double level_at(const std::vector<double>& levels, double share) {
  return levels[static_cast<std::size_t>(
      std::lround(share * static_cast<double>(levels.size() - 1)))];
}

Telemetry telemetry_of(const Situation& situation, const PlantDescription& plant,
                       const EncoderConfig& encoder, double time_seconds) {
  Telemetry telemetry;
  telemetry.time_seconds = time_seconds;
  std::vector<DomainTelemetry>& domains = telemetry.domains.refill(time_seconds);
  for (const Domain& domain : plant.domains) {
    const double hz = level_at(domain.frequencies_hz, situation.level_share);
    domains.push_back({hz, hz, domain.frequencies_hz.front(), domain.frequencies_hz.back(),
                       situation.utilization, std::nullopt});
  }
  ApplicationTelemetry& application = telemetry.application.refill(time_seconds);
  application.arrived =
      static_cast<std::uint64_t>(situation.utilization * encoder.rate_scale * time_seconds);
  application.queue_length =
      static_cast<std::uint64_t>(situation.utilization * encoder.queue_scale / 2.0);
  for (const Knob& knob : plant.knobs) {
    if (knob.is_application()) {
      application.batch_recommended = level_at(knob.levels, situation.level_share);
    }
  }
  telemetry.cpus.refill(time_seconds).assign(1, {});  // all online
  telemetry.total_watts.refill(time_seconds) = encoder.power_scale_watts / 2.0;
  telemetry.temperatures_celsius.refill(time_seconds) = {50.0};
  return telemetry;
}

std::vector<Choice> choices_of(const PolicyFile& file) {
  const PlantDescription plant = plant_of(file.metadata);
  LearnedGovernor governor(file);
  std::vector<Choice> choices;
  for (const Situation& situation : kSituations) {
    governor.reset({&plant, plant.knobs, plant.limits});
    const Telemetry telemetry = telemetry_of(situation, plant, file.metadata.encoder, 0.0);
    const Setting setting = governor.decide({telemetry}).setting;
    Choice choice{situation.name, {}, {}, governor.policy().is_feasible()};
    std::vector<Level> levels;
    for (std::size_t k = 0; k < setting.size(); ++k) {
      levels.push_back(setting[k].ceiling);
      choice.levels.push_back(plant.knobs[k].levels[setting[k].ceiling]);
    }
    choice.predicted =
        governor.policy().predicted(governor.policy().action_space().index_of(levels));
    choices.push_back(std::move(choice));
  }
  return choices;
}

std::vector<std::string> network_names(const PolicyFile& file) {
  if (file.metadata.constraint) return {"cost", "constraint"};
  return {"cost"};
}

std::size_t supported(const PolicyMetadata& metadata) {
  return static_cast<std::size_t>(
      std::count(metadata.support.begin(), metadata.support.end(), std::uint8_t{1}));
}

std::size_t parameter_count(const PolicyFile& file) {
  std::size_t count = 0;
  for (const auto& [name, tensor] : file.tensors) count += tensor.values.size();
  return count;
}

// "latency <= 1.4 s"
std::string text_of(const ConstraintLimit& limit) {
  return limit.kind == ConstraintKind::kLatency
             ? fmt::format("latency <= {:g} s", limit.limit)
             : fmt::format("miss rate <= {:g} %", 100.0 * limit.limit);
}

ordered_json json_of_constraint(const ConstraintLimit& limit) {
  ordered_json json = {{"kind", limit.kind == ConstraintKind::kLatency ? "latency" : "miss_rate"},
                       {"limit", limit.limit},
                       {"margin", limit.margin}};
  if (limit.tolerance) json["tolerance"] = *limit.tolerance;
  if (limit.multiplier) json["multiplier"] = *limit.multiplier;
  return json;
}

// What may be asked of the policy when it runs; empty: only what it was trained for.
std::string text_of_served(const PolicyMetadata& metadata) {
  std::string text;
  if (const auto& eta = metadata.served_eta) {
    text += fmt::format("eta {:g} .. {:g}", eta->low, eta->high);
  }
  if (const auto& limit = metadata.served_limit) {
    if (!text.empty()) text += ", ";
    text += limit->low > 0.0 ? fmt::format("limits {:g} .. {:g}", limit->low, limit->high)
                             : std::string("any limit");
  }
  return text;
}

ordered_json json_of(const Choice& choice, const PolicyMetadata& metadata) {
  ordered_json json = {{"situation", choice.situation}};
  for (std::size_t k = 0; k < choice.levels.size(); ++k) {
    json[metadata.knobs[k].name] = choice.levels[k];
  }
  json["predicted_cost"] = choice.predicted.cost;
  if (choice.predicted.constraint) json["predicted_constraint"] = *choice.predicted.constraint;
  json["feasible"] = choice.feasible;
  return json;
}

ordered_json json_of(const PolicyFile& file, const std::string& path) {
  const PolicyMetadata& m = file.metadata;
  ordered_json json = {{"policy", path},
                       {"schema", kPolicySchema},
                       {"checksum", policy_checksum(file)},
                       {"checksum_ok", true},
                       {"board", m.board},
                       {"period_seconds", m.encoder.period_seconds}};
  for (const PolicyKnob& knob : m.knobs) {
    json["knobs"].push_back({{"name", knob.name}, {"levels", knob.levels}, {"cap", knob.cap}});
  }
  json["eta"] = m.reward.eta;
  if (m.constraint) json["constraint"] = json_of_constraint(*m.constraint);
  if (m.served_eta) json["served"]["eta"] = {m.served_eta->low, m.served_eta->high};
  if (m.served_limit) json["served"]["limit"] = {m.served_limit->low, m.served_limit->high};
  json["joint_actions"] = m.support.size();
  json["supported_actions"] = supported(m);
  json["observation"] = observation_names(m);
  for (const std::string& name : network_names(file)) {
    json["networks"][name] = {{"layers", ensemble_of(file, name).members().front().shapes()},
                              {"head", to_string(name == "cost" ? m.cost_head : m.constraint_head)},
                              {"members", m.members}};
  }
  json["parameters"] = parameter_count(file);
  json["provenance"] = {{"logs", m.provenance.logs},
                        {"simulated", m.provenance.simulated},
                        {"seed", m.provenance.seed},
                        {"version", m.provenance.version},
                        {"scenario", m.provenance.scenario}};
  json["training"] = nullptr;  // an old file, which does not say it
  if (const auto& training = m.training) {
    json["training"] = {{"credit", text_of(training->credit)}, {"gamma", training->gamma}};
  }
  for (const Choice& choice : choices_of(file)) json["choices"].push_back(json_of(choice, m));
  return json;
}

// "614.4 MHz", "16"
std::string text_of(const PolicyKnob& knob, double level) {
  return knob.application ? fmt::format("{:g}", level) : fmt::format("{:g} MHz", level / 1e6);
}

void print_networks(const PolicyFile& file) {
  for (const std::string& name : network_names(file)) {
    const PolicyMetadata& m = file.metadata;
    const DenseEnsemble ensemble = ensemble_of(file, name);
    const DenseNetwork& network = ensemble.members().front();
    say("  {:<12} {}", name, network.input_size());
    for (const auto& [outputs, inputs] : network.shapes()) say(" -> {}", outputs);
    say(" ({} head{})\n", to_string(name == "cost" ? m.cost_head : m.constraint_head),
        network.has_phi() ? ": the last matrix is fixed" : "");
    if (m.members > 1) say("  {:<12} the highest of {} of them counts\n", "", m.members);
  }
}

const char* constraint_title(const PolicyMetadata& metadata) {
  if (!metadata.constraint) return "";
  return metadata.constraint->kind == ConstraintKind::kLatency ? "latency, s" : "miss rate";
}

void print_choices(const PolicyFile& file) {
  say("what it would choose, all levels allowed\n  {:<26}", "");
  for (const PolicyKnob& knob : file.metadata.knobs) say(" {:>12}", knob.name);
  say(" {:>12} {:>12}\n", "cost", constraint_title(file.metadata));
  for (const Choice& choice : choices_of(file)) {
    say("  {:<26}", choice.situation);
    for (std::size_t k = 0; k < choice.levels.size(); ++k) {
      say(" {:>12}", text_of(file.metadata.knobs[k], choice.levels[k]));
    }
    say(" {:>12.4g}", choice.predicted.cost);
    if (choice.predicted.constraint) say(" {:>12.4g}", *choice.predicted.constraint);
    say("{}\n", choice.feasible ? "" : "  no action keeps the limit");
  }
}

void print(const PolicyFile& file, const std::string& path) {
  const PolicyMetadata& m = file.metadata;
  say("{}: a policy for {} (schema {}, checksum {} ok)\n", path, m.board, kPolicySchema,
      policy_checksum(file));
  say("decides every {:g} s\n", m.encoder.period_seconds);
  for (const PolicyKnob& knob : m.knobs) {
    say("  {:<12} {} levels, {} .. {}{}\n", knob.name, knob.levels.size(),
        text_of(knob, knob.levels.front()), text_of(knob, knob.levels.back()),
        knob.cap ? ", as ceilings" : "");
  }
  say("objective: eta {:g} ({:g} J and {:g} s per request as references)", m.reward.eta,
      m.reward.energy_reference_joules, m.reward.latency_reference_seconds);
  if (m.constraint) {
    say(", subject to {} (margin {:g})", text_of(*m.constraint), m.constraint->margin);
  }
  const std::string served = text_of_served(m);
  if (!served.empty()) say("\nserves: {}, as told when it runs", served);
  say("\nsupport: {} of {} joint actions ({:.1f} %)\n", supported(m), m.support.size(),
      100.0 * static_cast<double>(supported(m)) / static_cast<double>(m.support.size()));
  say("observation: {}\n", fmt::join(observation_names(m), ", "));
  say("networks: {} parameters\n", parameter_count(file));
  print_networks(file);
  if (const auto& training = m.training) {
    say("trained for: credit {}, gamma {:g}\n", text_of(training->credit), training->gamma);
  } else {
    say("trained for: {}\n", kUnsaid);
  }
  const Provenance& p = m.provenance;
  say("trained by flyball {} (seed {}) on {} log{}{}\n", excerpt(p.version), p.seed, p.logs.size(),
      p.logs.size() == 1 ? "" : "s", p.simulated ? ", simulated" : "");
  for (const std::string& log : p.logs) say("  {}\n", excerpt(log, kLineBytes));
  if (!p.scenario.empty()) say("  scenario: {}\n", excerpt(p.scenario, kLineBytes));
  print_choices(file);
}

}  // namespace

void add_inspect_command(CLI::App& app, CommandResult& result) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App* command =
      app.add_subcommand("inspect", "Show what a policy file, a telemetry log or a dataset holds");
  command
      ->add_option("policy", options->policy,
                   "A policy file, a telemetry log, or a dataset in Minari's layout")
      ->type_name("FILE")
      ->required();
  command
      ->add_option("--log", options->logs,
                   "A telemetry log (or pattern) to hold the policy against: how much of its "
                   "choices the log knows, and what it would have cost; repeatable")
      ->type_name("LOG.csv")
      ->allow_extra_args(false);
  command
      ->add_option(
          "--credit", options->credit,
          "Of policy files that do not say how they were trained: whether costs are counted "
          "per request over whole batches (saturated jobs) or by period (timed arrivals)")
      ->type_name("CREDIT")
      ->transform(CLI::CheckedTransformer(std::map<std::string, SpanCredit>{
                                              {"whole_batches", SpanCredit::kWholeBatches},
                                              {"period", SpanCredit::kPeriod}})
                      .description("{whole_batches,period}"));
  command->add_flag("--json", options->json, "One JSON document on stdout");
  command->footer(
      "Checks the file completely; a damaged or unknown one ends with exit code 3.\n"
      "A telemetry log is what simulate, import and flyballd write and train learns from.\n"
      "Examples:\n"
      "  flyball simulate --scenario quickstart --duration 600 -o log.csv\n"
      "  flyball inspect log.csv\n"
      "  flyball inspect P.flyball\n"
      "  flyball inspect P.flyball --log log.csv\n"
      "  flyball inspect D.hdf5 --json");
  command->callback([options, &result] {
    const auto format = options->json ? InspectFormat::kJson : InspectFormat::kText;
    const std::string& path = options->policy;
    if (is_dataset(path)) return inspect_dataset(path, format);
    if (is_telemetry_log(path)) return inspect_log(path, format);
    const PolicyFile file = load_policy(path);
    std::optional<PolicyCheck> check;
    if (!options->logs.empty()) {
      check = check_on_logs(
          file, options->logs, credit_of(file, *options),
          [](const std::string& line) { remark("flyball inspect: warning: {}\n", line); });
    }
    if (options->json) {
      ordered_json json = json_of(file, path);
      if (check) json["log_check"] = to_json(*check);
      say("{}\n", json.dump(2));
    } else {
      print(file, path);
      if (check) say("on the logs\n{}", text_of_check(to_json(*check)));
    }
    result.exit_code = kExitOk;
  });
}

}  // namespace flyball
