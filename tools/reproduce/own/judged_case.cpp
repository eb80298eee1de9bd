#include "tools/reproduce/own/judged_case.h"

#include <algorithm>
#include <utility>

#include "agent/statistics.h"
#include "env/statistics.h"
#include "tools/reproduce/common/judging.h"
#include "tools/reproduce/own/blind_cases.h"

namespace flyball {

double JudgedCase::asked_percent() const {
  return 100.0 * std::min(*which.scenario.objective.in_time_share, stock_in_time);
}

JudgedCase judged_case(const char* id, const std::vector<std::uint64_t>& arrivals,
                       unsigned threads) {
  JudgedCase judged;
  judged.which = load_blind_case(id);
  judged.which.scenario.seeds = arrivals;
  Scenario scenario = judged.which.scenario;
  judged.stock_in_time = judge(scenario, arrivals, {stock_choice()}).stock.figures.in_time_share();
  scenario.objective.in_time_share = 0.01 * judged.asked_percent();  // stock itself keeps that
  Evaluation evaluation =
      judge(scenario, arrivals, {oracle_choice(), queue_table_choice()}, threads);
  judged.best_fixed = std::move(evaluation.results[0]);
  judged.queue_table = std::move(evaluation.results[1]);
  return judged;
}

double median(std::span<const double> values) {
  return interpolated_quantile({values.begin(), values.end()}, 0.5);
}

void show_median(ReproductionTable& table, std::string name, const std::vector<double>& values,
                 const std::string& unit) {
  const Interval band = bootstrap_interval(values, median, 1);
  table.show_interval(std::move(name), median(values), band.low, band.high, unit);
}

}  // namespace flyball
