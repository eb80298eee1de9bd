#include "agent/training/policy_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "agent/training/training_data.h"
#include "env/errors.h"
#include "env/logs/telemetry_log.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

ordered_json json_of(const Estimate& estimate) {
  return {
      {"value", estimate.value}, {"low", estimate.interval.low}, {"high", estimate.interval.high}};
}

ordered_json json_of(const RequestFigures& figures) {
  return {{"energy_per_request_joules", json_of(figures.energy_joules)},
          {"latency_seconds", json_of(figures.latency_seconds)},
          {"missed_share", json_of(figures.missed_share)}};
}

// "0.21 (0.20 .. 0.22) J per request, ..."
std::string text_of(const ordered_json& figures) {
  const auto range = [&figures](const char* key) {
    const ordered_json& e = figures[key];
    return fmt::format("{:.4g} ({:.4g} .. {:.4g})", e["value"].get<double>(),
                       e["low"].get<double>(), e["high"].get<double>());
  };
  return fmt::format("{} J per request, latency {} s, missed {}",
                     range("energy_per_request_joules"), range("latency_seconds"),
                     range("missed_share"));
}

}  // namespace

PolicyCheck check_on_set(const PolicyFile& file, const TrainingSet& set, SpanCredit credit) {
  DensePolicy policy(file);
  const std::size_t size = policy.observation_size();
  const auto act = [&](std::span<const float> observations, std::span<std::uint32_t> actions) {
    for (std::size_t row = 0; row < actions.size(); ++row) {
      actions[row] =
          static_cast<std::uint32_t>(policy.decide(observations.subspan(row * size, size)));
    }
  };
  EvaluationConfig config;
  config.period_seconds = set.period_seconds;
  config.gamma = credit == SpanCredit::kPeriod ? kPeriodEvaluationGamma : 0.0;
  return check_policy(set, act, config);
}

PolicyCheck check_on_logs(const PolicyFile& file, const std::vector<std::string>& logs,
                          SpanCredit credit, const LogWarning& warn) {
  SpanConfig spans;
  for (const PolicyKnob& knob : file.metadata.knobs) {
    spans.knobs.push_back(knob.name);
    if (knob.cap) spans.caps.push_back(knob.name);
  }
  spans.encoder = file.metadata.encoder;
  spans.credit = credit;
  TrainingSet set;
  set.period_seconds = spans.encoder.period_seconds;
  for (const std::string& pattern : logs) {
    for (const std::string& path : matching_files(pattern)) {
      TelemetryLog log = read_telemetry_log(path, warn);
      append_log(set, {path, log.header, log.rows}, spans);
    }
  }
  if (set.board != file.metadata.board) {
    throw DataError(fmt::format("the logs are of board {}, the policy is for {}", set.board,
                                file.metadata.board));
  }
  if (set.transitions.empty()) {
    throw DataError("the logs hold no span under one setting with something to credit");
  }
  return check_on_set(file, set, credit);
}

ordered_json to_json(const PolicyCheck& check) {
  ordered_json json;
  json["support"] = {{"choices", check.support.choices},
                     {"seen_share", check.support.seen_share},
                     {"neighbour_share", check.support.neighbour_share},
                     {"least_neighbours", check.support.least_neighbours},
                     {"median_neighbours", check.support.median_neighbours}};
  json["residents"] = json_of(check.residents);
  json["fitted_q"] = json_of(check.fitted);
  json["importance_sampling"] = {{"windows", check.importance.windows},
                                 {"effective_samples", check.importance.effective_samples},
                                 {"least_effective_samples", kLeastEffectiveSamples}};
  if (check.importance.figures) {
    json["importance_sampling"]["figures"] = json_of(*check.importance.figures);
  }
  return json;
}

std::string text_of_check(const ordered_json& check) {
  const ordered_json& support = check["support"];
  std::string text = fmt::format(
      "choices   {:.1f} % were seen in the logs, {:.1f} % they or a neighbour; the rarest one's\n"
      "          neighbourhood {} times, the median's {:g} times\n",
      100.0 * support["seen_share"].get<double>(), 100.0 * support["neighbour_share"].get<double>(),
      support["least_neighbours"].get<std::size_t>(), support["median_neighbours"].get<double>());
  text += fmt::format("residents {}\n", text_of(check["residents"]));
  text += fmt::format("fitted Q  {}\n", text_of(check["fitted_q"]));
  const ordered_json& importance = check["importance_sampling"];
  const auto effective = importance["effective_samples"].get<double>();
  if (importance.contains("figures")) {
    text += fmt::format("weighted  {} ({:.0f} effective samples)\n", text_of(importance["figures"]),
                        effective);
  } else {
    text += fmt::format(
        "          importance sampling refused: {:.1f} effective samples of {} windows, {:g} "
        "needed\n",
        effective, importance["windows"].get<std::size_t>(), kLeastEffectiveSamples);
  }
  return text;
}

}  // namespace flyball
