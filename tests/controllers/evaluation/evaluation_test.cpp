#include "controllers/evaluation/evaluation.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "controllers/evaluation/simulated_run.h"
#include "env/errors.h"
#include "env/sim/arrivals_config.h"
#include "tests/support/small_board.h"
#include "tools/exit_codes.h"
#include "tools/reports/evaluation_report.h"

using namespace flyball;

namespace {

// One request at a time. Per request at 100, 200 and 400 MHz: 0.4 s x 3 W = 1.2 J, 0.2 s x 4 W =
// 0.8 J, 0.1 s x 12 W = 1.2 J.
EvaluationPlan small_plan(std::uint64_t requests = 500) {
  MeasuredTable table = small_table();
  table.busy_watts = {{3.0, 3.0}, {4.0, 4.0}, {12.0, 12.0}};
  EvaluationPlan plan;
  plan.seeds = {1, 2};
  plan.configs.assign(2, small_config(ClosedLoop{requests, 1, std::nullopt}, table));
  plan.stock = {"performance", "performance", "performance"};
  for (SimConfig& config : plan.configs) config.residents = resident_factory(plan.stock);
  plan.knobs = {"gpu"};
  plan.loop.simulated_think_seconds = 0.001;
  return plan;
}

const GovernorResult& result_of(const Evaluation& evaluation, const std::string& name) {
  for (const GovernorResult& result : evaluation.results) {
    if (result.name == name) return result;
  }
  FAIL("no result of " << name);
  return evaluation.stock;
}

}  // namespace

TEST_CASE("stock is not run again where its runs are given") {
  EvaluationPlan plan = small_plan();
  const std::vector<GovernorChoice> powersave = parse_governors("powersave");
  const Evaluation first = evaluate(plan, powersave);
  plan.stock_runs = first.stock.runs;
  const Evaluation again = evaluate(plan, powersave);
  CHECK(again.stock.figures.energy_joules == first.stock.figures.energy_joules);
  CHECK(again.results.front().saving == first.results.front().saving);
  for (RunFigures& run : plan.stock_runs) run.energy_joules *= 2.0;
  CHECK(evaluate(plan, powersave).results.front().saving > first.results.front().saving + 0.1);
}

TEST_CASE("governors are compared with stock and with the best fixed setting on the same work") {
  const Evaluation evaluation =
      evaluate(small_plan(), parse_governors("stock,powersave,oracle,fixed:gpu=210MHz,"
                                             "fixed:cpu=1GHz,gpu=100MHz"));
  REQUIRE(evaluation.results.size() == 5);
  CHECK(evaluation.results[0].figures.energy_per_request == doctest::Approx(1.2).epsilon(0.01));
  CHECK(evaluation.results[0].saving == 0.0);

  const GovernorResult& oracle = result_of(evaluation, kBestFixed);
  CHECK(oracle.figures.energy_per_request == doctest::Approx(0.8).epsilon(0.01));
  CHECK(oracle.saving == doctest::Approx(1.0 / 3.0).epsilon(0.02));
  CHECK(oracle.figures.served == 1000);  // of both seeds
  CHECK(*oracle.share_of_oracle == 1.0);
  REQUIRE(oracle.setting);
  CHECK(setting_text(*oracle.setting) == "gpu 200 MHz");
  CHECK(parse_governors("best-fixed").front().kind == GovernorChoice::Kind::kOracle);

  // Powersave slows the CPU down and leaves the GPU to its resident; nothing here needs the CPU.
  CHECK(result_of(evaluation, "powersave").saving == doctest::Approx(0.0));
  const GovernorResult& fixed = result_of(evaluation, "fixed:gpu=210MHz");
  CHECK(*fixed.share_of_oracle == doctest::Approx(1.0).epsilon(0.02));
  CHECK(fixed.infeasible.empty());
  CHECK(result_of(evaluation, "fixed:cpu=1GHz,gpu=100MHz").figures.latency_mean_seconds ==
        doctest::Approx(0.4).epsilon(0.01));
}

TEST_CASE("savings are counted seed by seed, with an interval that pairs a seed's two runs") {
  EvaluationPlan plan = small_plan();
  plan.configs[1].arrivals = ClosedLoop{50, 1, std::nullopt};  // a tenth of the other seed's work
  const Evaluation evaluation = evaluate(plan, parse_governors("stock,fixed:gpu=200MHz"));
  const GovernorResult& fixed = result_of(evaluation, "fixed:gpu=200MHz");
  // Both seeds save the same, however different their energies: so does every draw of them.
  REQUIRE(fixed.saving_interval);
  CHECK(fixed.saving_interval->high - fixed.saving_interval->low < 0.01);
  CHECK(fixed.seed_savings.size() == 2);
  CHECK(fixed.saving_interquartile_mean ==
        doctest::Approx(0.5 * (fixed.seed_savings[0] + fixed.seed_savings[1])));
  const auto json = to_json(evaluation)["governors"][1];
  CHECK(json["saving_profile"][0]["share"] == 1.0);
  CHECK(json["saving_profile"].back()["share"] == 0.0);
  CHECK(json["residency"]["gpu"][1].get<double>() > 0.99);
  CHECK(json["runs"][0]["residency"]["gpu"].size() == 3);
  CHECK(json["requests_per_joule"].get<double>() *
            json["energy_per_request_joules"].get<double>() ==
        doctest::Approx(1.0));
}

TEST_CASE("how long decisions took is told apart: it is all that differs from run to run") {
  const Evaluation evaluation = evaluate(small_plan(50), parse_governors("stock,fixed:gpu=200MHz"));
  const auto times = decision_times(evaluation);
  REQUIRE(times.size() == 1);
  CHECK(times["fixed:gpu=200MHz"]["count"].get<int>() > 1);
  CHECK(times["fixed:gpu=200MHz"]["p99_seconds"].get<double>() > 0.0);
  CHECK(to_json(evaluation).dump().find("decision") == std::string::npos);
}

TEST_CASE("the tables fit a terminal, and CSV has a row per governor and seed, stock with them") {
  const Evaluation evaluation =
      evaluate(small_plan(50), parse_governors("best-fixed,fixed:cpu=1GHz,gpu=100MHz,powersave"));
  std::size_t widest = 0;
  for (const ReportTable& table : evaluation_tables(evaluation)) {
    std::istringstream lines(to_text(table));
    for (std::string line; std::getline(lines, line);) widest = std::max(widest, line.size());
  }
  CHECK(widest > 60);
  CHECK(widest <= 100);
  const std::string csv = to_csv(evaluation, "small");
  CHECK(std::count(csv.begin(), csv.end(), '\n') == 8);
  CHECK(csv.starts_with("small,stock,1,1,"));
  CHECK(csv.find("small,\"fixed:cpu=1GHz,gpu=100MHz\",2,1,") != std::string::npos);
  const std::string first = csv.substr(0, csv.find('\n'));  // of stock: nothing is quoted
  CHECK(std::count(first.begin(), first.end(), ',') + 1 == std::ssize(csv_header()));
  CHECK(to_markdown(evaluation).find("| governor | J/request |") != std::string::npos);
}

TEST_CASE("a fixed setting between two levels says which one it ran at") {
  const Evaluation evaluation = evaluate(small_plan(), parse_governors("fixed:gpu=210MHz"));
  const GovernorResult& fixed = result_of(evaluation, "fixed:gpu=210MHz");
  REQUIRE(fixed.setting.has_value());
  CHECK(setting_text(*fixed.setting) == "gpu 200 MHz");
  CHECK(to_text(evaluation).find("fixed:gpu=210MHz: gpu 200 MHz\n") != std::string::npos);
  CHECK_THROWS_WITH_AS(evaluate(small_plan(), parse_governors("fixed:gpu=9GHz")),
                       doctest::Contains("the table goes from 1e+08 to 4e+08"),
                       std::invalid_argument);
}

TEST_CASE("where no request arrives nothing is compared") {
  EvaluationPlan plan = small_plan();
  plan.stock_runs.resize(2);  // of runs that served nothing
  CHECK_THROWS_WITH_AS(evaluate(plan, parse_governors("stock")),
                       doctest::Contains("no request arrives"), DataError);
}

TEST_CASE("the oracle obeys the scenario's limit, where it saves nothing, regret is reported") {
  EvaluationPlan plan = small_plan();
  plan.objective.latency_mean_factor = 1.4;
  const Evaluation evaluation = evaluate(plan, parse_governors("oracle,fixed:gpu=200MHz"));
  CHECK(*evaluation.limits.latency_mean_seconds == doctest::Approx(0.14).epsilon(0.02));
  CHECK(result_of(evaluation, kBestFixed).setting->at(0).value == 400e6);
  const GovernorResult& fixed = result_of(evaluation, "fixed:gpu=200MHz");
  CHECK_FALSE(fixed.share_of_oracle);
  CHECK(*fixed.regret == doctest::Approx(-1.0 / 3.0).epsilon(0.02));  // cheaper, but too slow:
  CHECK(fixed.infeasible.starts_with("mean latency 0.2"));
}

TEST_CASE("the best fixed setting is never dearer than the best pins of the same clocks") {
  EvaluationPlan plan = small_plan();
  const Evaluation evaluation = evaluate(plan, parse_governors("oracle"));
  const GovernorResult& best = result_of(evaluation, kBestFixed);
  REQUIRE(evaluation.oracle);
  const RunFigures& pinned = evaluation.oracle->points[*evaluation.oracle->best].figures;
  CHECK(best.figures.energy_joules <= pinned.energy_joules);
  CHECK(evaluation.tried > evaluation.oracle->points.size());
  CHECK(to_text(evaluation).find("best-fixed: gpu 200 MHz") != std::string::npos);
  CHECK(to_json(evaluation)["results"][0]["caps"].empty());
}

TEST_CASE("the best setting of every phase is no dearer than the best one of all, and is told") {
  EvaluationPlan plan = small_plan(50);
  ArrivalsConfig bursty;
  bursty.source = BurstyArrivals{{{0.2, 20.0}, {1.2, 10.0}}, 1};
  bursty.duration_seconds = 150.0;
  bursty.deadline_seconds = 1.5;
  plan.phases.clear();
  for (std::size_t i = 0; i < plan.seeds.size(); ++i) {
    plan.configs[i].arrivals = make_arrivals(bursty, 7);
    plan.phases.push_back(arrival_phases(bursty, 7));
  }
  plan.phase_rates = {0.2, 1.2};
  plan.loop.period_seconds = plan.loop.sample_seconds = 0.1;
  plan.objective.in_time_share = 0.9;
  const Evaluation both = evaluate(plan, parse_governors("best-fixed,best-per-phase"));
  const GovernorResult& fixed = result_of(both, kBestFixed);
  const GovernorResult& phases = result_of(both, kBestPerPhase);
  CHECK(phases.infeasible.empty());
  CHECK(phases.figures.energy_joules < fixed.figures.energy_joules);
  REQUIRE(phases.table);
  CHECK(phases.table->size() == 2);
  CHECK(to_text(both).find("best-per-phase: at 0.2/s: ") != std::string::npos);
  const auto row = to_json(both)["governors"][1]["table"][1];
  CHECK(row["groups_per_second"] == 1.2);
  CHECK_FALSE(row.contains("least_requests"));
  const Evaluation alone = evaluate(plan, parse_governors("best-per-phase"));
  CHECK(result_of(alone, kBestPerPhase).figures.energy_joules == phases.figures.energy_joules);
}

TEST_CASE("arrivals without phases have no best setting of each, and it is said why") {
  const Evaluation evaluation = evaluate(small_plan(5), parse_governors("best-per-phase"));
  const GovernorResult& result = result_of(evaluation, kBestPerPhase);
  CHECK(result.runs.empty());
  CHECK(result.infeasible == "the arrivals have no phases (kind = \"bursty\" has): see best-fixed");
}

TEST_CASE("a queue table is no dearer than the best fixed setting, which it finds by itself") {
  EvaluationPlan plan = small_plan(50);
  // Groups of four, seldom: what comes first may be slow, what waits behind it not.
  const ArrivalsConfig groups{PoissonArrivals{0.5, 4}, 100.0, 1.0};
  for (SimConfig& config : plan.configs) config.arrivals = make_arrivals(groups, 7);
  plan.loop.period_seconds = plan.loop.sample_seconds = 0.1;
  plan.objective.in_time_share = 0.9;
  const Evaluation both = evaluate(plan, parse_governors("best-fixed,queue-table"));
  const GovernorResult& fixed = result_of(both, kBestFixed);
  const GovernorResult& table = result_of(both, kQueueTable);
  REQUIRE(table.table);
  CHECK(table.figures.energy_joules < fixed.figures.energy_joules);
  CHECK(table.infeasible.empty());
  CHECK(table.table->front().least_requests == 0);
  CHECK(to_text(both).find("queue-table: from 0: ") != std::string::npos);
  CHECK(to_json(both)["governors"][1]["table"][0]["least_requests"] == 0);
  const Evaluation alone = evaluate(plan, parse_governors("queue-table"));
  CHECK(result_of(alone, kQueueTable).figures.energy_joules == table.figures.energy_joules);
}

TEST_CASE("a governor that leaves work undone is infeasible, whatever it saved") {
  EvaluationPlan plan = small_plan();
  plan.timeout_seconds = 60.0;  // enough for 500 requests at 400 MHz only
  const Evaluation evaluation = evaluate(plan, parse_governors("stock,fixed:gpu=100MHz,oracle"));
  CHECK(result_of(evaluation, "stock").infeasible.empty());
  CHECK_FALSE(result_of(evaluation, "fixed:gpu=100MHz").infeasible.empty());
  CHECK(result_of(evaluation, kBestFixed).setting->at(0).value == 400e6);
}

TEST_CASE("an evaluation gives the same bits twice, whatever the number of threads") {
  EvaluationPlan plan = small_plan(50);
  for (SimConfig& config : plan.configs) config.service_noise = 0.05;
  plan.configs[1].seed = 9;
  const std::vector<GovernorChoice> governors = parse_governors("stock,oracle,fixed:gpu=200MHz");
  plan.threads = 1;
  const std::string once = to_json(evaluate(plan, governors)).dump();
  plan.threads = 2;
  CHECK(to_json(evaluate(plan, governors)).dump() == once);
}

TEST_CASE("an evaluation that is interrupted says so") {
  const auto stop = [](const std::string& what, double) { return what != kBestFixed; };
  CHECK_THROWS_AS(evaluate(small_plan(50), parse_governors("stock,oracle"), stop), Interrupted);
}

TEST_CASE("an evaluation that is stopped keeps what is finished and names the rest") {
  const auto stop = [](const std::string& what, double) { return what != kBestFixed; };
  const std::vector<GovernorChoice> governors =
      parse_governors("powersave,oracle,fixed:gpu=200MHz,stock");
  const Evaluation partial = evaluate_until_stopped(small_plan(50), governors, stop);
  REQUIRE(partial.results.size() == 2);
  CHECK(partial.results[0].name == "powersave");
  CHECK(partial.results[1].name == "stock");
  CHECK(partial.unfinished == std::vector<std::string>{kBestFixed, "fixed:gpu=200MHz"});
  CHECK(
      to_text(partial).find("partial: interrupted before best-fixed, fixed:gpu=200MHz had run\n") !=
      std::string::npos);
  CHECK(to_json(partial)["unfinished"] == partial.unfinished);
  const Evaluation whole = evaluate(small_plan(50), governors);
  CHECK(whole.unfinished.empty());
  CHECK_FALSE(to_json(whole).contains("unfinished"));
  CHECK(whole.results[0].saving == partial.results[0].saving);
  const auto at_once = [](const std::string&, double) { return false; };
  CHECK_THROWS_AS(evaluate_until_stopped(small_plan(50), governors, at_once), Interrupted);
}

TEST_CASE("jetson_clocks is every clock at its highest, and a mode is stock under its limits") {
  EvaluationPlan plan = small_plan();
  plan.stock = {"powersave", "performance", "performance"};
  for (SimConfig& config : plan.configs) {
    config.residents = resident_factory(plan.stock);
    config.board.modes.push_back(config.board.modes.front());
    config.board.modes.back().id = 1;
    config.board.modes.back().gpu_max_hz = 210e6;
  }
  const Evaluation evaluation =
      evaluate(plan, parse_governors("performance,jetson_clocks,stock,nvpmodel:0,fixed:gpu=210MHz,"
                                     "nvpmodel:1"));
  const auto joules = [&](std::size_t i) { return evaluation.results[i].figures.energy_joules; };
  CHECK(evaluation.results[1].name == "jetson_clocks");
  CHECK(joules(1) == joules(0));
  CHECK(joules(1) > joules(4));
  CHECK(joules(3) == joules(2));  // the mode that the plan is in
  CHECK(joules(5) == doctest::Approx(joules(4)).epsilon(0.01));
  CHECK(joules(5) < 0.9 * joules(2));
  CHECK_THROWS_WITH_AS(evaluate(plan, parse_governors("stock,nvpmodel:9")),
                       doctest::Contains("has no power mode 9; there are: 0 (MAXN), 1 (MAXN)"),
                       std::invalid_argument);
  CHECK_THROWS_WITH(parse_governors("nvpmodel:MAXN"),
                    "nvpmodel:MAXN: expected nvpmodel:ID, the number of a mode (flyball boards "
                    "lists them)");
}

TEST_CASE("a misspelt governor gets the known ones, and the nearest") {
  CHECK_THROWS_WITH_AS(
      parse_governors("stock,schedutl"),
      "no governor \"schedutl\"; did you mean \"schedutil\"? (there are: stock, best-fixed, "
      "oracle, best-per-phase, "
      "queue-table, fine-tuning, jetson_clocks, performance, powersave, userspace, schedutil, "
      "schedutil_nv, "
      "ondemand, "
      "conservative, interactive, nvhost_podgov, nvhost_podgov_v2, simple_ondemand, wmark_active, "
      "wmark_simple, tegra_wmark, emc_actmon, nvpmodel:ID, fixed:KNOB=VALUE,..., and policy files "
      "FILE.flyball)",
      std::invalid_argument);
  CHECK_THROWS_AS(parse_governors("fixed:gpu"), std::invalid_argument);
  for (const char* value : {"fast", "-1", "0", "nan", "inf", "1e999"}) {
    CHECK_THROWS_AS(parse_governors(std::string("fixed:gpu=") + value), std::invalid_argument);
  }
  CHECK_THROWS_WITH(evaluate(small_plan(), parse_governors("fixed:gpuu=1GHz")),
                    "no knob \"gpuu\"; did you mean \"gpu\"? (there are: cpu, gpu, emc)");
}

TEST_CASE("commas separate governors, and the values of a fixed one") {
  const std::vector<GovernorChoice> choices =
      parse_governors("fixed:cpu=1.2GHz,gpu=600MHz,ondemand,fixed:batch=16");
  REQUIRE(choices.size() == 3);
  CHECK(choices[0].values == std::map<std::string, double>{{"cpu", 1.2e9}, {"gpu", 600e6}});
  CHECK(choices[1].name == "ondemand");
  CHECK(choices[2].values.at("batch") == 16.0);
}
