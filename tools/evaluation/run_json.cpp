#include "tools/evaluation/run_json.h"

namespace flyball {

namespace {

using Json = nlohmann::json;

Json guard_json(const GuardReport& report) {
  return {{"seconds", report.seconds},
          {"guarded_seconds", report.guarded_seconds},
          {"turns", report.turns}};
}

GuardReport guard_of(const Json& json) {
  GuardReport report;
  json.at("seconds").get_to(report.seconds);
  json.at("guarded_seconds").get_to(report.guarded_seconds);
  json.at("turns").get_to(report.turns);
  return report;
}

Json decide_json(const DurationSummary& decide) {
  return {decide.count, decide.mean_seconds, decide.p50_seconds, decide.p99_seconds,
          decide.max_seconds};
}

DurationSummary decide_of(const Json& json) {
  return {json.at(0).get<std::uint64_t>(), json.at(1).get<double>(), json.at(2).get<double>(),
          json.at(3).get<double>(), json.at(4).get<double>()};
}

// The plain figures by name, for both ways.
template <typename Figures, typename Visit>
void each(Figures& figures, const Visit& visit) {
  visit("governor", figures.governor);
  visit("seed", figures.seed);
  visit("energy_joules", figures.energy_joules);
  visit("energy_per_request", figures.energy_per_request);
  visit("latency_mean_seconds", figures.latency_mean_seconds);
  visit("latency_p50_seconds", figures.latency_p50_seconds);
  visit("latency_p95_seconds", figures.latency_p95_seconds);
  visit("latency_p99_seconds", figures.latency_p99_seconds);
  visit("served", figures.served);
  visit("missed", figures.missed);
  visit("unserved", figures.unserved);
  visit("longest_late_run", figures.longest_late_run);
  visit("mean_power_watts", figures.mean_power_watts);
  visit("celsius_mean", figures.celsius_mean);
  visit("celsius_max", figures.celsius_max);
  visit("seconds", figures.seconds);
  visit("minibatches", figures.minibatches);
  visit("clock_changes", figures.clock_changes);
  visit("residency_seconds", figures.residency_seconds);
  visit("finished", figures.finished);
  visit("feasible", figures.feasible);
}

}  // namespace

Json run_to_json(const RunFigures& figures) {
  Json json;
  each(figures, [&](const char* name, const auto& value) { json[name] = value; });
  for (const WorkShare& share : figures.work) {
    json["work"].push_back({share.seconds, share.joules});
  }
  if (figures.guard) json["guard"] = guard_json(*figures.guard);
  if (figures.decide) json["decide"] = decide_json(*figures.decide);
  return json;
}

RunFigures run_from_json(const Json& json) {
  RunFigures figures;
  each(figures, [&](const char* name, auto& value) { json.at(name).get_to(value); });
  for (std::size_t kind = 0; kind < kWorkKinds; ++kind) {
    const Json& share = json.at("work").at(kind);
    figures.work[kind] = {share.at(0).get<double>(), share.at(1).get<double>()};
  }
  if (json.contains("guard")) figures.guard = guard_of(json.at("guard"));
  if (json.contains("decide")) figures.decide = decide_of(json.at("decide"));
  return figures;
}

}  // namespace flyball
