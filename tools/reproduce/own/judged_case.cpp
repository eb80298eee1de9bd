#include "tools/reproduce/own/judged_case.h"

#include <algorithm>

#include "env/statistics.h"
#include "tools/reproduce/common/judging.h"
#include "tools/reproduce/own/blind_cases.h"

namespace flyball {

double JudgedCase::asked_percent() const {
  return 100.0 * std::min(*which.scenario.objective.in_time_share, stock_in_time);
}

JudgedRun judged_run(const GovernorResult& result) {
  const RunFigures& figures = result.figures;
  JudgedRun run{result.saving, figures.in_time_share(), figures.served + figures.unserved};
  if (figures.guard) run.guarded_share = figures.guard->guarded_share();
  return run;
}

void to_json(nlohmann::json& json, const JudgedRun& run) {
  json = {{"saving", run.saving}, {"in_time", run.in_time}, {"requests", run.requests}};
  if (run.guarded_share) json["guarded_share"] = *run.guarded_share;
}

void from_json(const nlohmann::json& json, JudgedRun& run) {
  json.at("saving").get_to(run.saving);
  json.at("in_time").get_to(run.in_time);
  json.at("requests").get_to(run.requests);
  run.guarded_share.reset();
  if (json.contains("guarded_share")) run.guarded_share = json["guarded_share"].get<double>();
}

ChangingCase judged_case(const char* id, const std::vector<std::uint64_t>& arrivals) {
  ChangingCase which = load_blind_case(id);
  which.scenario.seeds = arrivals;
  return which;
}

JudgedOracles judged_oracles(const ChangingCase& which) {
  Scenario scenario = which.scenario;
  JudgedOracles oracles;
  oracles.stock_in_time =
      judge(scenario, scenario.seeds, {stock_choice()}).stock.figures.in_time_share();
  double& asked = *scenario.objective.in_time_share;
  asked = std::min(asked, oracles.stock_in_time);  // stock itself keeps that
  const Evaluation evaluation =
      judge(scenario, scenario.seeds, {oracle_choice(), queue_table_choice()});
  oracles.best_fixed = judged_run(evaluation.results[0]);
  oracles.queue_table = judged_run(evaluation.results[1]);
  return oracles;
}

}  // namespace flyball
