#include "tools/reproduce/published/loudva_twin.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "env/fitting/log_replay.h"
#include "tools/exit_codes.h"
#include "tools/jobs/parallel_jobs.h"

namespace flyball {

namespace {

using nlohmann::json;

// What a user can do next, as the refusal has to name it.
constexpr std::array kWaysOn = {"flyball simulate --explore", "flyball fit", "flyball twin",
                                "flyballd explore"};

double figure(const json& comparison, const char* key) { return comparison.at(key).get<double>(); }

void add_refusal(const CommandOutcome& outcome, ReproductionTable& table) {
  const auto named = std::count_if(kWaysOn.begin(), kWaysOn.end(), [&](const char* way) {
    return outcome.remarks.find(way) != std::string::npos;
  });
  table.check("train on stock logs alone: exit code", kExitBadInput, outcome.exit_code, "", 0.0);
  table.check("train on stock logs alone: ways on that it names",
              static_cast<double>(kWaysOn.size()), static_cast<double>(named), "", 0.0);
}

void check_rows(const std::string& name, const json& comparison, ReproductionTable& table) {
  const ReplayTolerances allowed;
  table.check_at_most(name + ": energy off by", 100.0 * allowed.energy_share,
                      100.0 * std::abs(figure(comparison, "energy_error")), "%");
  table.check_at_most(name + ": GPU clock off by", allowed.gpu_hz / 1e6,
                      std::abs(figure(comparison, "gpu_hz_error")) / 1e6, "MHz");
  table.check_at_most(name + ": p95 latency off by", 100.0 * allowed.latency_p95_share,
                      100.0 * std::abs(figure(comparison, "latency_p95_error")), "%");
  table.show(name + ": p95 latency without tuning off by", std::nullopt,
             100.0 * figure(comparison, "untuned_p95_error"), "%");
}

void show_rows(const std::string& name, const json& comparison, ReproductionTable& table) {
  table.show(name + ": energy off by", std::nullopt, 100.0 * figure(comparison, "energy_error"),
             "%");
  table.show(name + ": GPU clock off by", std::nullopt, figure(comparison, "gpu_hz_error") / 1e6,
             "MHz");
  table.show(name + ": p95 latency off by", std::nullopt,
             100.0 * figure(comparison, "latency_p95_error"), "%");
}

// A twin of some logs: what `flyball twin` says, and its workload.
struct Made {
  std::string name;
  std::vector<std::filesystem::path> logs;
  json says = {};
};

// Of both runs, of run 0, of run 3.
std::vector<Made> make_twins(const LoudvaSteps& steps,
                             const std::vector<std::filesystem::path>& logs, unsigned threads) {
  std::vector<Made> twins = {{"twin", logs}, {"twin_of_0", {logs[0]}}, {"twin_of_3", {logs[1]}}};
  run_parallel("twins", twins.size(), threads, [&](std::size_t i) {
    twins[i].says = steps.make_twin(twins[i].logs, twins[i].name);
    return twins[i].name;
  });
  return twins;
}

std::filesystem::path workload_of(const LoudvaSteps& steps, const Made& twin) {
  return steps.folder() / (twin.name + ".toml");
}

LoudvaTwin add_twin_of_both(const LoudvaSteps& steps, const Made& twin, ReproductionTable& table) {
  const std::filesystem::path workload = workload_of(steps, twin);
  const std::array runs = {"run 0", "run 3"};
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const std::string name = fmt::format("twin of runs 0 and 3, {}", runs[i]);
    show_rows(name + " held out", twin.says.at("logs").at(i).at("held_out").at("overall"), table);
    check_rows(name, steps.replay(twin.logs[i], workload).at("overall"), table);
  }
  for (const char* number : {"1", "4"}) {
    const std::filesystem::path log = steps.import(fmt::format("stock_governor_{}", number));
    show_rows(fmt::format("twin of runs 0 and 3, run {} (overloaded)", number),
              steps.replay(log, workload).at("overall"), table);
  }
  const double margin = figure(twin.says, "latency_margin");
  table.show("twin of runs 0 and 3: of a limit on latency, to be kept on it", std::nullopt,
             100.0 * margin, "%");
  return {workload, margin};
}

}  // namespace

LoudvaTwin add_loudva_twin(const LoudvaSteps& steps, unsigned threads, ReproductionTable& table) {
  const std::vector<std::filesystem::path> logs = {steps.import("stock_governor_0"),
                                                   steps.import("stock_governor_3")};
  add_refusal(steps.train_on(logs), table);
  const std::vector<Made> twins = make_twins(steps, logs, threads);
  const LoudvaTwin both = add_twin_of_both(steps, twins[0], table);
  show_rows("twin of run 0, run 3",
            steps.replay(logs[1], workload_of(steps, twins[1])).at("overall"), table);
  show_rows("twin of run 3, run 0",
            steps.replay(logs[0], workload_of(steps, twins[2])).at("overall"), table);
  table.note(
      "Twins: by `flyball import`, `twin` and `replay`. The runs 0 and 3 are the stock runs "
      "without time-outs. When the server tuned itself is taken from the log, as arrivals are; who "
      "waits for it is not, as the log does not say whose batch size was new. Without tuning: the "
      "p95 of requests that were not there meanwhile. A twin is judged by the last 30 % of each "
      "log; this one is off there by more than is allowed in p95, so it is written, and judges, "
      "by --force only.");
  return both;
}

}  // namespace flyball
