#include "tools/evaluation/evaluated_scenario.h"

#include <fmt/format.h>

#include "tools/commit.h"
#include "tools/reports/across_report.h"
#include "tools/reports/evaluation_report.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

ordered_json document_of(const EvaluationRequest& request, const EvaluatedScenario& result) {
  const Scenario& scenario = result.scenario;
  const EvaluationPlan& plan = result.plan;
  ordered_json json = {{"flyball", FLYBALL_VERSION},
                       {"commit", commit()},
                       {"scenario", scenario.id},
                       {"title", scenario.title},
                       {"board", scenario.board.board.id},
                       {"nvpmodel", scenario.mode.id},
                       {"workload", scenario.workload.id},
                       {"seeds", plan.seeds},
                       {"period_seconds", plan.loop.period_seconds},
                       {"sample_seconds", plan.loop.sample_seconds},
                       {"think_seconds", plan.loop.simulated_think_seconds->mean_seconds()}};
  if (!request.assignments.empty()) json["set"] = request.assignments;
  if (request.frames_per_second) json["frames_per_second"] = *request.frames_per_second;
  if (request.eta) json["eta"] = *request.eta;
  if (request.deadline_seconds) json["deadline_seconds"] = *request.deadline_seconds;
  json.update(to_json(result.evaluation));
  json["decision_times"] = decision_times(result.evaluation);
  return json;
}

std::vector<ScenarioEvaluation> evaluations_of(const std::vector<EvaluatedScenario>& results) {
  std::vector<ScenarioEvaluation> evaluations;
  for (const EvaluatedScenario& result : results) {
    evaluations.push_back({result.named, result.evaluation});
  }
  return evaluations;
}

std::string left_out_text(const EvaluationRequest& request) {
  if (request.left_out.empty()) return {};
  return fmt::format("partial: interrupted before {}\n", fmt::join(request.left_out, ", "));
}

}  // namespace

std::string headline(const EvaluatedScenario& result) {
  const std::size_t seeds = result.plan.seeds.size();
  return fmt::format("{} ({}, {} seed{})", result.scenario.title, result.named, seeds,
                     seeds == 1 ? "" : "s");
}

ordered_json evaluation_document(const EvaluationRequest& request,
                                 const std::vector<EvaluatedScenario>& results) {
  if (results.size() == 1 && request.left_out.empty()) {
    return document_of(request, results.front());
  }
  ordered_json json = {
      {"flyball", FLYBALL_VERSION}, {"commit", commit()}, {"scenarios", ordered_json::array()}};
  for (const EvaluatedScenario& result : results) {
    ordered_json document = {{"named", result.named}};
    document.update(document_of(request, result));
    json["scenarios"].push_back(document);
  }
  json["across"] = across_json(evaluations_of(results));
  if (!request.left_out.empty()) json["unfinished"] = request.left_out;
  return json;
}

std::string evaluation_text(const EvaluationRequest& request,
                            const std::vector<EvaluatedScenario>& results) {
  std::string text;
  for (const EvaluatedScenario& result : results) {
    if (!text.empty()) text += "\n";
    text.append(headline(result)).append("\n").append(to_text(result.evaluation));
  }
  if (results.size() > 1) {
    const ReportTable across = across_table(evaluations_of(results));
    text.append("\n").append(across.caption).append("\n").append(to_text(across));
  }
  return text + left_out_text(request);
}

std::string evaluation_csv(const std::vector<EvaluatedScenario>& results) {
  std::string csv = csv_line(csv_header());
  for (const EvaluatedScenario& result : results) csv += to_csv(result.evaluation, result.named);
  return csv;
}

std::string evaluation_markdown(const EvaluationRequest& request,
                                const std::vector<EvaluatedScenario>& results) {
  std::string text =
      fmt::format("`{}`, flyball {}, commit {}\n\n", request.command, FLYBALL_VERSION, commit());
  text += left_out_text(request);
  if (results.size() > 1) text += to_markdown(across_table(evaluations_of(results))) + "\n";
  for (const EvaluatedScenario& result : results) {
    text += fmt::format("## {}\n{}\n", headline(result), to_markdown(result.evaluation));
  }
  return text;
}

}  // namespace flyball
